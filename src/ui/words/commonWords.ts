/** Words that name nothing to draw: they join others, ask, count, or praise. */

const ORDINALS = 'first second third fourth fifth sixth seventh eighth ninth tenth';
const NUMBERS = 'one two three four five six seven eight nine ten single pair couple both';
const ARTICLES = 'a an the this that these those some any each every another other same';
const PRONOUNS = 'i me my you your he him his she her it its they them their we us our who which what there here';
const JOINTS = `and or but with without of in on at to from into onto by for as as like than then so also too next between
  beside besides near against above over below under behind before after inside outside around across along through
  together front back side top bottom left right middle centre center corner up down away off out facing`;
const VERBS = `is are be was were has have having does do can could should would will please let want
  draw drawn drawing make makes making made turn paint painted painting colour color recolour recolor coloured colored
  change changed convert redraw restyle replace swap put place set move shift add remove delete take erase show shown give
  create generate render design combine keep use shrink enlarge flip wearing wears holding holds sitting standing looking
  seen lit looks look`;
const PICTURES = `picture pictures image images reference references photo illustration object objects subject subjects
  thing things background backgrounds style styles colour colours color colors view version kind sort type shape form
  gradient plain`;
const DEGREES = `very more most less much many few really quite only just all not no slightly bit little lot lots of
  smaller larger bigger lighter darker brighter size sized`;
/** Said with what is named: "a tiny cat", "line art", "a pencil sketch", "a product shot in studio lighting". */
const MANNERS = 'tiny big huge line pencil shot portrait lighting';
const CARE = 'head face hair dye shave';
/** They change nothing in what is drawn, and nobody expects them to. */
const PRAISE = `nice beautiful pretty cute lovely good great best cool amazing simple clean detailed high quality
  professional isolated`;

/** Somebody, told apart by what else is said: vocabularies list that, not these. */
export const PERSON_WORDS: readonly string[] =
  'person persons people human humans man men woman women guy guys lady ladies'.split(' ');

export const COMMON_WORDS: ReadonlySet<string> = new Set([
  ...[ORDINALS, NUMBERS, ARTICLES, PRONOUNS, JOINTS, VERBS, PICTURES, DEGREES, MANNERS, CARE, PRAISE]
    .join(' ')
    .split(/\s+/),
  ...PERSON_WORDS,
]);
