"""Requests and Hypothesis strategies that the tests of describe and embed share."""

from hypothesis import strategies as st

from gloss.describe.model import (
    FIELDS,
    Context,
    DescribeRequest,
    Description,
    EmbeddedText,
    Facts,
    Field,
    Metadata,
    Ok,
    Provenance,
    Swatch,
)

STEEL_BLUE = Swatch("#4682b4", 0.5, "steel blue")
WHITE = Swatch("#ffffff", 0.3, "white")
RED = Swatch("#cd5c5c", 0.1, "indian red")
BLACK = Swatch("#000000", 0.04, "black")
PALETTE = (WHITE, STEEL_BLUE, RED, BLACK)

HUMAN = Provenance("human")
EMBEDDED = Provenance("embedded", provider="heuristic")
HEURISTIC = Provenance("heuristic", provider="heuristic")
AI = Provenance("ai", provider="openai", model="m1", prompt_version=3)

METADATA = Metadata(
    title="Fish market in Valletta",
    alt_text="Two women sell fish from a wooden stall",
    caption="Two women sell fish on the old market.",
    description="Two women stand behind a wooden stall with the catch of the morning, in front of a church.",
    tags=("malta", "market", "fish", "women", "stall"),
    language="en",
)


def every(origin: Provenance) -> dict[Field, Provenance]:
    return dict.fromkeys(FIELDS, origin)


def answer(metadata: Metadata = METADATA, origin: Provenance = AI) -> Ok:
    return Ok(Description(metadata, every(origin)))


def request(
    file_name: str = "IMG_1234.JPG",
    *,
    size: tuple[int, int] = (4032, 3024),
    palette: tuple[Swatch, ...] = PALETTE,
    embedded: EmbeddedText | None = None,
    context: Context | None = None,
    camera: str | None = None,
    taken_at: str | None = None,
) -> DescribeRequest:
    facts = Facts(*size, taken_at, camera, palette, embedded or EmbeddedText())
    return DescribeRequest(file_name, facts, context or Context())


any_text = st.text(max_size=200) | st.text(alphabet="aé \u0301\u200d👩🇩🇪한東京.,-#", max_size=200)
short_texts = st.lists(any_text, max_size=20).map(tuple)
origins = st.sampled_from([HUMAN, EMBEDDED, HEURISTIC, AI, Provenance("ai", "openai", "m2", 4)])
provenances = st.fixed_dictionaries(dict.fromkeys(FIELDS, origins))
languages = st.sampled_from(["en", "de", "ja", "und"])

words = st.sampled_from(
    ["", "", "photo", "Fish market", "IMG_1234", "Image of a dog on the beach", "x" * 400, "東京の夜景です"]
)
metadata = st.builds(
    Metadata,
    title=words,
    alt_text=words,
    caption=words,
    description=words,
    tags=st.lists(st.sampled_from(["fish", "Fish", "sea", "a", "b", "c"]), max_size=6).map(tuple),
    language=languages,
) | st.builds(Metadata, title=words, decorative=st.just(True), language=languages)  # fmt: skip

swatches = st.builds(Swatch, hex=st.just("#4682b4") | any_text, share=st.floats(0, 1), name=any_text)
embedded_texts = st.builds(
    EmbeddedText,
    title=st.none() | any_text,
    caption=st.none() | any_text,
    alt_text=st.none() | any_text,
    description=st.none() | any_text,
    keywords=short_texts,
)
requests = st.builds(
    DescribeRequest,
    file_name=any_text,
    facts=st.builds(
        Facts,
        width=st.integers(0, 20_000),
        height=st.integers(0, 20_000),
        taken_at=st.none() | any_text | st.just("2024-06-12T10:00:00"),
        camera=st.none() | any_text,
        palette=st.lists(swatches, max_size=5).map(tuple),
        embedded=embedded_texts,
    ),
    context=st.builds(Context, language=st.none() | languages, avoid=short_texts, vocabulary=short_texts),
)
