"""Words for people and for what changes about them."""

import random

from things import PEOPLE

PERSON_WORDS = {
    "head": {
        "short": ["short hair"], "long": ["long hair"], "curly": ["curly hair"], "bob": ["bob haircut", "chin-length hair"],
        "bun": ["hair in a bun"], "pigtails": ["pigtails"], "mohawk": ["mohawk"], "bald": ["bald"], "cap": ["cap"], "beanie": ["beanie"],
    },
    "hair": {name: [name] for name in PEOPLE["hair"]} | {"blonde": ["blonde", "blond"], "grey": ["grey", "gray"]},
    "eyewear": {"glasses": ["glasses"], "sunglasses": ["sunglasses"]},
    "beard": {"beard": ["beard"], "moustache": ["moustache", "mustache"]},
    "mood": {"sad": ["sad", "frowning"], "surprised": ["surprised", "astonished"], "": ["smiling", "happy"]},
    "skin": {"light": ["light skin"], "brown": ["brown skin"], "dark": ["dark skin"]},
    "clothes": {colour: [f"{colour} shirt", f"{colour} t-shirt"] for colour in PEOPLE["clothes"]},
}  # fmt: skip
"""Attribute -> value -> what it is called; of what is plain, only when it is asked for."""

def with_article(words: str) -> str:
    if words.endswith("s") and not words.endswith(("ss", "us", "is")):
        return words
    return ("an " if words[0] in "aeiou" else "a ") + words


WHO_WORDS = ("person", "man", "guy", "woman", "lady")


class People:
    """Words for persons and for what changes about them."""

    def __init__(self, rng: random.Random):
        self.rng = rng

    def who(self, is_: dict[str, str]) -> str:
        """What people would call the drawing."""
        if is_["beard"] or (is_["head"] in PEOPLE["masculine"] and self.rng.random() < 0.7):
            return self.rng.choice(["man", "man", "man", "guy", "person"])
        if is_["head"] in PEOPLE["feminine"] and self.rng.random() < 0.8:
            return self.rng.choice(["woman", "woman", "woman", "lady", "person"])
        return "person"

    def word(self, attribute: str, value: str) -> str:
        return self.rng.choice(PERSON_WORDS[attribute][value])

    def phrase(self, look: tuple[str, ...], adjective: str) -> str:
        """Most of what is there is said; what is not there is not."""
        rng, is_ = self.rng, dict(zip(PEOPLE["attributes"], look, strict=True))
        before = [self.word("mood", is_["mood"])] if is_["mood"] else []
        before += ["bald"] if is_["head"] == "bald" else []
        words = [*([adjective] if adjective else []), *before, self.who(is_)]
        has = [self._hair(is_)] if is_["head"] not in PEOPLE["hairless"] else []
        has += [self._bearded(is_)] if is_["beard"] else []
        has += [self.word("skin", is_["skin"])] if is_["skin"] and rng.random() < 0.5 else []
        wears = [is_["eyewear"]] if is_["eyewear"] else []
        wears += [with_article(is_["head"])] if is_["head"] in ("cap", "beanie") else []
        if is_["clothes"] and rng.random() < 0.6:
            wears.append(with_article(self.word("clothes", is_["clothes"])))
        return with_article(" ".join(words)) + self._listed(has, wears)

    def _listed(self, has: list[str], wears: list[str]) -> str:
        rng = self.rng
        rng.shuffle(has)
        if wears and rng.random() < 0.5:
            has, wears = has + wears, []
        with_ = f" with {self._joined(has)}" if has else ""
        return with_ + (f" wearing {self._joined(wears)}" if wears else "")

    def _joined(self, words: list[str]) -> str:
        return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]

    def _hair(self, is_) -> str:
        shape, colour = self.word("head", is_["head"]), self.word("hair", is_["hair"]) if is_["hair"] else ""
        if not colour or self.rng.random() < 0.08:
            return self._one(shape)
        if shape.endswith(" hair"):
            if self.rng.random() < 0.12:
                return f"{colour} hair"
            return f"{shape.removesuffix(' hair')} {colour} hair"
        return f"{colour} {shape}" if shape.startswith(("hair", "pigtails")) else with_article(f"{colour} {shape}")

    def _one(self, shape: str) -> str:
        return with_article(shape) if shape.endswith(("haircut", "mohawk")) else shape

    def _bearded(self, is_) -> str:
        beard = self.word("beard", is_["beard"])
        bare = is_["head"] in PEOPLE["hairless"] and is_["hair"]
        return with_article(f"{is_['hair']} {beard}" if bare and self.rng.random() < 0.8 else beard)

    def instruction(self, what: dict) -> str:
        rng, is_ = self.rng, dict(zip(PEOPLE["attributes"], what["look"], strict=True))
        attribute, new, old = what["attribute"], what["value"], what["old"]
        who = self.who(is_)
        them = {"man": "him", "guy": "him", "woman": "her", "lady": "her"}.get(who, "them")
        their = {"him": "his", "her": "her", "them": "their"}[them]
        someone = rng.choice([them, f"the {who}"])
        say = {
            "head": self._new_head, "hair": self._new_hair, "eyewear": self._put_on, "beard": self._put_on,
            "mood": self._new_mood, "skin": self._new_skin, "clothes": self._new_clothes,
        }[attribute]  # fmt: skip
        return rng.choice(say(attribute, new, old, someone, their))

    def _new_head(self, attribute, new, old, someone, their) -> list[str]:
        if new == "bald":
            return [f"make {someone} bald", f"shave {their} head", f"remove {their} hair"]
        if new in ("cap", "beanie"):
            return [f"give {someone} a {new}", f"put a {new} on {someone}", f"add a {new}"]
        shape = self._one(self.word("head", new))
        if old in ("cap", "beanie"):
            return [f"take off the {old} and give {someone} {shape}", f"replace the {old} with {shape}"]
        choices = [f"give {someone} {shape}", f"change {their} hair to {shape}"]
        return choices + ([f"make {their} hair {new}", f"make the hair {new}"] if shape == f"{new} hair" else [])

    def _new_hair(self, attribute, new, old, someone, their) -> list[str]:
        word = self.word("hair", new) if new else "black"
        return [
            f"make {their} hair {word}", f"make the hair {word}", f"dye {their} hair {word}", f"give {someone} {word} hair",
            f"change the hair colour to {word}", f"change {their} hair color to {word}", f"turn the hair {word}",
        ]  # fmt: skip

    def _put_on(self, attribute, new, old, someone, their) -> list[str]:
        if not new:
            word = self.word(attribute, old)
            off = [f"take off {their} {word}"] if attribute == "eyewear" else [f"shave off {their} {word}"]
            return [f"remove the {word}", f"remove {their} {word}", f"without the {word}", *off]
        word = self.word(attribute, new)
        word = with_article(word) if attribute == "beard" else word
        if old:
            return [f"replace the {self.word(attribute, old)} with {word}", f"change the {self.word(attribute, old)} to {word}"]
        return [f"give {someone} {word}", f"add {word}", f"give {someone} {word}", f"put {word} on {someone}"]

    def _new_mood(self, attribute, new, old, someone, their) -> list[str]:
        word = self.word("mood", new)
        return [f"make {someone} {word}", f"make {someone} look {word}", f"change {their} face to {word}"]

    def _new_skin(self, attribute, new, old, someone, their) -> list[str]:
        word = self.word("skin", new)
        return [f"give {someone} {word}", f"change {their} skin to {new}", f"make {their} skin {new}"]

    def _new_clothes(self, attribute, new, old, someone, their) -> list[str]:
        word = self.word("clothes", new)
        noun = word.removeprefix(f"{new} ")
        return [
            f"give {someone} {with_article(word)}", f"make {their} {noun} {new}", f"change the {noun} to {new}", f"make the {noun} {new}",
        ]  # fmt: skip
