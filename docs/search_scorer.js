/*
 * Ranking of the site's search. Sphinx orders results by where the words of the query
 * occur. Here, pages with a name (title, heading, index entry) that consists of the words of
 * the query come first, pages that explain before pages that list, each page once.
 */
const PRIORITIES = [
  [/^((guide|road|gallery|api)\/)?index$|^(more|examples)$/, 5],
  [/^guide\/|^start$/, 30],
  [/^road\//, 28],
  [/^how_do_i$/, 24],
  [/^glossary$/, 0],
  [/^(gallery\/|coming_from$|differences$|benchmark)/, 10],
  [/^api\/generated\/sknn_scratch\.engine/, -40],
  [/^api\//, 8],
  [/./, -15], // messages, the changelog, pages for developers
];

const stemsOf = (text) => {
  const stemmer = new Stemmer();
  const words = splitQuery(text.toLowerCase()).filter((word) => !stopwords.has(word));
  return [...new Set(words.map((word) => stemmer.stemWord(word)))];
};

/* By page, the stems and the weight of its names: index entries, title, other headings. */
const namesByPage = () => {
  const { docnames, titles, alltitles, indexentries } = Search._index;
  const names = docnames.map(() => []);
  for (const [title, places] of Object.entries(alltitles))
    for (const [page] of places)
      names[page].push([stemsOf(title), title === titles[page] ? 60 : 50]);
  for (const [entry, places] of Object.entries(indexentries))
    for (const [page, , isMain] of places)
      if (isMain) names[page].push([stemsOf(entry), 60]);
  return new Map(docnames.map((docname, page) => [docname, names[page]]));
};

let pageNames = null;

/* About 100 if a name consists of the query, and below 40 if no name contains it. */
const relevanceOfPage = (page, query) => {
  pageNames ??= namesByPage();
  const names = pageNames.get(page);
  const complete = names
    .filter(([name]) => query.every((word) => name.includes(word)))
    .map(([name, weight]) => 40 + (weight * query.length) / name.length);
  const found = query.filter((word) => names.some(([name]) => name.includes(word)));
  const best = Math.max(...complete, (20 * found.length) / Math.max(query.length, 1));
  // Among equals, the page with more such names is more about the query.
  return best + 0.05 * complete.reduce((sum, score) => sum + score, 0);
};

const relevanceOfObject = (name, score, query) => {
  // "Poisson" is a term, and MLPScratchClassifier and find_learning_rate are identifiers.
  const isIdentifier = /[a-z].*[A-Z]|_/.test(query);
  return isIdentifier && [name, name.split(".").at(-1)].includes(query) ? 130 : score;
};

/* Whether another result of the page was scored before, in the search for this query. */
let scored = { query: null, pages: new Set() };
const isRepeated = (page, query) => {
  if (query !== scored.query) scored = { query, pages: new Set() };
  const repeated = scored.pages.has(page);
  scored.pages.add(page);
  return repeated;
};

// `var`, since the theme loads Sphinx's own scorer first.
var Scorer = {
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
  score: ([page, name, , , score, , kind]) => {
    const query = new URLSearchParams(window.location.search).get("q").trim();
    const priority = PRIORITIES.find(([pattern]) => pattern.test(page))[1];
    if (kind === SearchResultKind.object)
      return priority + relevanceOfObject(name, score, query);
    // Sphinx scores headings first: other results of the page follow at the end.
    const repetition = isRepeated(page, query) ? 200 : 0;
    return priority + relevanceOfPage(page, stemsOf(query)) - repetition;
  },
};
