"""Words for scenes, edits and compositions: {count} {size} {style} {colour} {noun} {relation}, {placement}, {background}."""

import random

from compositions import Composition
from edits import Change
from people import PERSON_WORDS, WHO_WORDS, People, with_article
from scenes import GRADIENTS, Scene
from things import AVATAR, LIGHTS, OWN_STYLES, PRODUCT

EMPTY_SHARE = 0.10
"""Captions dropped for classifier-free guidance (Ho and Salimans 2022)."""

SYNONYM_SHARE = 0.20
HYPERNYM_SHARE = 0.02
STYLE_WORDS = {
    "3d render": ["3d render", "3d", "3d style"],
    "flat": ["flat", "flat style", "flat design"],
    "cartoon": ["cartoon", "cartoon style"],
    "clip art": ["clip art", "clip art style", "clipart"],
    "icon": ["icon", "black and white icon"],
    "outline": ["outline", "outline drawing", "line art"],
    "sketch": ["sketch", "pencil sketch", "pencil drawing"],
    "silhouette": ["silhouette"],
    "pixel art": ["pixel art", "pixel art style", "8-bit pixel art"],
    PRODUCT: ["product photo", "product shot", "studio photo"],
    AVATAR: ["avatar", "avatar portrait"],
}
NOUN_STYLES = (
    "icon", "silhouette", "sketch", "drawing", "line art", "clip art", "clipart", "pixel art", "render", "outline",
    "photo", "shot", "avatar", "portrait",
)  # fmt: skip
LIGHT_WORDS = {
    "studio light": ["studio light", "studio lighting"],
    "rim light": ["rim light", "rim lighting"],
    "soft shadow": ["soft shadow", "a soft shadow"],
}
SIZE_WORDS = {"small": ["small", "tiny", "little"], "large": ["large", "big", "huge"]}
NUMBERS = {2: ["two", "2", "a pair of"], 3: ["three", "3"], 4: ["four", "4"]}
OPENINGS = ["a picture of ", "an image of ", "draw ", "a photo of ", "an illustration of "]


def plural(noun: str) -> str:
    if noun.endswith(("lf", "af")):
        return noun[:-1] + "ves"
    if noun.endswith(("s", "sh", "ch", "x")):
        return noun + "es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


class Writer:
    """Words for what is drawn. `things` as things.load_things gives them; `natural` as in scenes.Library."""

    def __init__(self, rng: random.Random, library):
        self.rng, self.things, self.natural, self.library = rng, library.things, library.natural, library
        self.people = People(rng)

    def caption(self, scene: Scene) -> str:
        if self.rng.random() < EMPTY_SHARE:
            return ""
        return self._whole(scene)

    def _whole(self, scene: Scene) -> str:
        rng = self.rng
        adjective, tail = self._style(scene.style, scene.style == self.library.own_style(scene.items[0].thing))
        if adjective.endswith(" of"):
            lead = adjective if rng.random() < 0.4 else with_article(adjective)
            core = f"{lead} {self._objects(scene, '')}"
        else:
            core = self._objects(scene, adjective)
        tails = [self._background(scene.background, scene.gradient), self._place(scene.place), tail, *self._studio(scene)]
        rng.shuffle(tails)
        opening = rng.choice(OPENINGS) if rng.random() < 0.1 else ""
        return opening + core + "".join(tails)

    def noun(self, number: int) -> str:
        thing = self.things[number]
        if thing["synonyms"] and self.rng.random() < SYNONYM_SHARE:
            return self.rng.choice(thing["synonyms"])
        if thing.get("hypernym") and self.rng.random() < HYPERNYM_SHARE:
            return thing["hypernym"]
        return thing["noun"]

    def _studio(self, scene: Scene) -> list[str]:
        """Light and view of a product, in words."""
        if scene.style != PRODUCT:
            return []
        rng, tails = self.rng, []
        if scene.lighting:
            word = rng.choice(LIGHT_WORDS[scene.lighting])
            tails.append(rng.choice([f", {word}", f" with {word}", f", {word}"]))
        if scene.is_lone and scene.items[0].look and scene.items[0].look[0]:
            tails.append(f", {scene.items[0].look[0]}")
        return tails

    def _objects(self, scene: Scene, adjective: str) -> str:
        rng, first = self.rng, scene.items[0]
        if self.library.is_person(first.thing) and scene.is_lone:
            return self.people.phrase(first.look, adjective)
        if scene.is_counted:
            words = [*([adjective] if adjective else []), *self._colours(scene, 0), plural(self.noun(first.thing))]
            return f"{rng.choice(NUMBERS[len(scene.items)])} {' '.join(words)}"
        phrases = []
        for index, item in enumerate(scene.items):
            words = [rng.choice(SIZE_WORDS[scene.size])] if scene.size else []
            if adjective and index == 0:
                words.insert(rng.randrange(len(words) + 1), adjective)
            phrase = " ".join([*words, *self._colours(scene, index), self.noun(item.thing)])
            bare = scene.is_lone and rng.random() < 0.25
            phrases.append(phrase if bare else with_article(phrase) if rng.random() < 0.85 else f"the {phrase}")
        if len(phrases) == 3:
            return f"{phrases[0]}, {phrases[1]} and {phrases[2]}"
        relation = scene.relation or "and"
        if relation in ("to the left of", "to the right of") and rng.random() < 0.4:
            relation = relation.removeprefix("to the ")
        return f" {relation} ".join(phrases)

    def _colours(self, scene: Scene, index: int) -> list[str]:
        item = scene.items[index]
        if item.colour:
            return [item.colour]
        if scene.says_colour and index < len(scene.says_colour) and scene.says_colour[index]:
            return [self.natural[item.thing, scene.style]]
        return []

    def _style(self, style: str, is_own: bool) -> tuple[str, str]:
        """(adjective, tail), one of them empty; half of the things in their own style go without a word of it."""
        rng = self.rng
        if is_own and style in OWN_STYLES and rng.random() < 0.5:
            return "", ""
        word = rng.choice(STYLE_WORDS[style])
        is_noun = word.endswith(NOUN_STYLES)
        if is_noun and rng.random() < 0.4:
            return f"{word} of", ""
        if rng.random() < 0.5:
            return ("", f", {word}") if is_noun else (word, "")
        suffix = "" if is_noun or any(part in word for part in ("style", "design")) else " style"
        if style in (PRODUCT, AVATAR):
            return "", rng.choice([f", {word}", f" as {with_article(word)}"])
        return "", rng.choice([f", {word}", f" in {word}{suffix}", f" as {word if not is_noun else with_article(word)}"])

    def _ground(self, background: str, gradient: bool) -> str:
        return f"{background} gradient" if gradient else background

    def _background(self, background: str | None, gradient: bool) -> str:
        if not background:
            return ""
        name = self._ground(background, gradient)
        short = with_article(name) if gradient else name
        full = f" on {with_article(name)} background"
        return self.rng.choice([full, full, f", {name} background", f" on {short}", f" with {with_article(name)} background"])

    def _place(self, place: str | None) -> str:
        if not place:
            return ""
        last = f" in the {place} corner" if " " in place else f" on the {place} side"
        return self.rng.choice([f" at the {place}", f" on the {place}", f", {place}", last])

    def instruction(self, changes: list[Change]) -> str:
        if self.rng.random() < EMPTY_SHARE:
            return ""
        parts = [getattr(self, f"_say_{change.kind}")(change.what) for change in changes]
        return self.rng.choice([" and ", ", then ", ", "]).join(parts)

    def _it(self, number: int | None) -> str:
        """What an instruction calls its object."""
        choices = ["it", "it", "the object", "the subject"]
        return self.rng.choice(choices + [f"the {self.noun(number)}"] * 3) if number is not None else self.rng.choice(choices)

    def _say_colour(self, what) -> str:
        it = f"the {self.noun(what['thing'])}" if what["thing"] is not None else self._it(what["subject"])
        colour = what["colour"]
        return self.rng.choice([
            f"make {it} {colour}", f"make {it} {colour}", f"turn {it} {colour}", f"colour {it} {colour}", f"color {it} {colour}",
            f"paint {it} {colour}", f"recolour {it} in {colour}", f"change the colour of {it} to {colour}",
            f"change the color of {it} to {colour}",
        ])  # fmt: skip

    def _say_style(self, what) -> str:
        it, word = self._it(what["subject"]), self.rng.choice(STYLE_WORDS[what["style"]])
        is_noun = word.endswith(NOUN_STYLES)
        styled = word if is_noun or "style" in word or "design" in word else f"{word} style"
        as_noun = with_article(word) if is_noun and not word.endswith(("art", "clipart")) else styled
        return self.rng.choice([
            f"turn {it} into {as_noun}", f"restyle {it} in {styled}", f"restyle {it} as {as_noun}", f"make {it} {as_noun}",
            f"in {styled}", f"as {as_noun}", f"convert to {styled}", f"redraw {it} in {styled}", f"change the style to {styled}",
        ])  # fmt: skip

    def _say_background(self, what) -> str:
        it, name = self._it(what["subject"]), self._ground(what["background"], what["gradient"])
        return self.rng.choice([
            f"put {it} on {with_article(name)} background", f"change the background to {name}", f"make the background {name}",
            f"{name} background", f"set the background to {name}", f"place {it} on {with_article(name)} background",
            f"with {with_article(name)} background",
        ])  # fmt: skip

    def _say_size(self, what) -> str:
        it = self._it(what["subject"])
        words = {"small": ("smaller", "small"), "large": ("larger", "bigger")}[what["size"]]
        verb = {"small": "shrink", "large": "enlarge"}[what["size"]]
        return self.rng.choice([f"make {it} {words[0]}", f"make {it} {words[1]}", f"{verb} {it}"])

    def _say_place(self, what) -> str:
        it, place = self._it(what["subject"]), what["place"] or "centre"
        spot = self.rng.choice([f"{place} corner", place]) if " " in place else place
        return self.rng.choice([f"move {it} to the {spot}", f"put {it} at the {spot}", f"shift {it} to the {spot}"])

    def _say_count(self, what) -> str:
        number = self.rng.choice([n for n in NUMBERS[what["count"]] if not n.startswith("a ")])
        nouns = plural(self.noun(what["subject"]))
        return self.rng.choice([f"make it {number}", f"draw {number} of them", f"make it {number} {nouns}", f"show {number} {nouns}"])

    def _say_add(self, what) -> str:
        words = with_article(" ".join([*([what["colour"]] if what["colour"] else []), self.noun(what["thing"])]))
        where = self.rng.choice([f" on the {what['side']}", f" to the {what['side']}"]) if what["side"] else ""
        return self.rng.choice([f"add {words}{where}", f"add {words}{where}", f"put {words} beside it{where}", f"also draw {words}{where}"])

    def _say_remove(self, what) -> str:
        noun = self.noun(what["thing"])
        return self.rng.choice([f"remove the {noun}", f"delete the {noun}", f"take away the {noun}", f"without the {noun}", f"erase the {noun}"])

    def _say_swap(self, what) -> str:
        new = with_article(" ".join([*([what["colour"]] if what["colour"] else []), self.noun(what["thing"])]))
        old = self.noun(what["old"])
        choices = [f"replace the {old} with {new}", f"turn the {old} into {new}", f"swap the {old} for {new}", f"change the {old} to {new}"]
        if what["lone"]:
            choices += [f"turn it into {new}", f"replace it with {new}", f"make it {new}"]
        return self.rng.choice(choices)

    def _say_lighting(self, what) -> str:
        it, light = self._it(what["subject"]), self.rng.choice(LIGHT_WORDS[what["light"]])
        bare = light.removeprefix("a ")
        return self.rng.choice([
            f"add {light}", f"use {light}", f"light {it} with {light}", f"change the lighting to {bare}", f"with {light}", f"give {it} {light}",
        ])  # fmt: skip

    def _say_view(self, what) -> str:
        it, view = self._it(what["subject"]), what["view"]
        return self.rng.choice([f"show {it} in {view}", f"change to {view}", view, f"turn {it} to {view}"])

    def _say_person(self, what) -> str:
        return self.people.instruction(what)

    def composition(self, made: Composition) -> str:
        rng = self.rng
        if rng.random() < EMPTY_SHARE / 2:
            return ""
        only = len(made.references) == 1
        if made.noun is not None:
            core = with_article(self.noun(made.noun))
        else:
            core = self._lent(rng.choice(["object", "object", "subject", "thing"]), made.lends_object, only)
        if made.lends_second is not None:
            joint = rng.choice([" and ", " next to ", " together with "])
            core += joint + self._lent(rng.choice(["object", "subject"]), made.lends_second, only)
        tails = []
        if made.lends_style is not None:
            tails.append(" in " + self._lent("style", made.lends_style, only))
        if made.lends_colour is not None:
            tails.append(" in " + self._lent(rng.choice(["colour", "color"]), made.lends_colour, only))
        if made.lends_background is not None:
            tails.append(" on " + self._lent("background", made.lends_background, only))
        rng.shuffle(tails)
        opening = rng.choice(["draw ", "show ", "combine: "]) if rng.random() < 0.15 else ""
        return opening + core + "".join(tails)

    def _lent(self, role: str, number: int, only: bool) -> str:
        rng = self.rng
        n = number + 1
        ordinals = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
        names = [f"image {n}", f"image {n}", f"image {n}", f"picture {n}", f"reference {n}", f"the {ordinals[number]} image"]
        if only:
            names += ["the image", "this image", "the picture"]
        return f"the {role} of {rng.choice(names)}"


def all_words(things: list[dict]) -> list[str]:
    """Everything that captions can be made of, so that pruning the vocabulary changes none of their tokens."""
    nouns = [word for thing in things for word in (thing["noun"], thing["hypernym"], *thing["synonyms"])]
    nouns += [plural(noun) for noun in nouns]
    styles = [word for words in (*STYLE_WORDS.values(), *LIGHT_WORDS.values()) for word in words]
    people = [word for values in PERSON_WORDS.values() for words in values.values() for word in words]
    rest = """a an the picture image photo illustration of draw on with at in as side corner background gradient style design
    tiny little big huge small large left right top bottom centre center above below next to and pair two three four 2 3 4
    make turn it the object subject thing colour color paint recolour recolor change into restyle redraw convert put place set
    move shift smaller larger bigger shrink enlarge add also beside remove delete take away without erase replace swap for then
    show them combine together reference first second third fourth fifth sixth seventh eighth ninth tenth 1 5 6 7 8 9 10 : , this
    use light lighting give view front back side from left right above eye level product studio shot portrait
    person people human man woman boy girl lady guy men women wearing hair haircut his her him their off dye shave face look
    dress shirt clothes skin hat no""".split()
    return [*nouns, *styles, *people, *WHO_WORDS, *GRADIENTS, *rest, "hat", "wearing", "holding", *LIGHTS]
