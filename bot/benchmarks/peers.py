"""Other people's search engines on lists of texts, each made ready as its documentation says."""

import logging
from collections.abc import Callable, Sequence

from rapidfuzz import fuzz, process

from matching.catalog.index import grams

Find = Callable[[str], list[int]]
"""A normal text to the numbers of texts, best first."""


def rapidfuzz_extract(texts: Sequence[str], scorer: str, top: int) -> Find:
    """Compare with every text; `scorer` is a name in `rapidfuzz.fuzz`."""
    compare = getattr(fuzz, scorer)

    def find(said: str) -> list[int]:
        return [at for _, _, at in process.extract(said, texts, scorer=compare, limit=top)]

    return find


def bm25s_pairs(texts: Sequence[str], top: int) -> Find:
    """Characters and pairs of characters."""
    import bm25s

    logging.getLogger("bm25s").setLevel(logging.WARNING)
    index = bm25s.BM25()
    index.index([grams(text) for text in texts], show_progress=False)
    k = min(top, len(texts))

    def find(said: str) -> list[int]:
        found, _ = index.retrieve([grams(said)], k=k, show_progress=False)
        return [int(at) for at in found[0]]

    return find


def tantivy_pairs(texts: Sequence[str], top: int) -> Find:
    """Its own tokenizer of one and two characters; any of a query's grams may be in a text."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("body", tokenizer_name="pairs")
    builder.add_text_field("at", stored=True, tokenizer_name="raw")
    schema = builder.build()
    index = tantivy.Index(schema)
    pairs = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(1, 2, False)).build()
    index.register_tokenizer("pairs", pairs)
    writer = index.writer(heap_size=128_000_000)
    for at, text in enumerate(texts):
        writer.add_document(tantivy.Document(body=text, at=str(at)))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def find(said: str) -> list[int]:
        terms = [
            (tantivy.Occur.Should, tantivy.Query.term_query(schema, "body", gram))
            for gram in dict.fromkeys(grams(said))
        ]
        if not terms:
            return []
        hits = searcher.search(tantivy.Query.boolean_query(terms), limit=top, count=False).hits
        return [int(searcher.doc(address)["at"][0]) for _, address in hits]

    return find
