"""Papers as PDF: every name can be read, every sheet says where it belongs, and readers are told what is what."""

import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.factories.files import make_picture
from tests.factories.uploads import make_pdf as make_receipt
from tests.printed import Printed
from webapp.shared.pages import papers, typesetter
from webapp.shared.pages.documents import make_pdf
from webapp.shared.pages.papers import COMPANY, Block, Paper, Picture, is_covered, printable

NAMES = (
    "Dvořák & Żółw",
    "Łódź <1> #[2] *3* $4$ @me",
    "Ευρώπη",
    "Москва",
    "Nguyễn Đức",
    "北京纸业有限公司",
    "働く辻製紙",
    "한국제지",
    "กระดาษไทย",
    "বাংলা কাগজ",
    "தமிழ் காகிதம்",
    "ქართული",
    "Հայերեն",
    "አማርኛ",
)
RIGHT_TO_LEFT = ("شركة الورق العربية", "נייר שלום בע״מ")
LONG = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstelle"


def paper(number: str = "DM-1", rows: int = 1, name: str = "Nay Aug", **more) -> Paper:
    return Paper(
        title="Order",
        number=number,
        facts=(Block("Contact", (name, "")),),
        parties=(Block("Bill to", (name,)), Block("Ship to", (name,))),
        head=("Product", "Cases"),
        rows=tuple((f"{name}\n{name}", f"{n}") for n in range(rows)),
        shares=(0.7, 0.3),
        numbers=1,
        sums=(("Cases", "9"),),
        notes=(Block("Terms", (name,)),),
        **more,
    )


def test_names_of_many_scripts_can_be_read_wherever_they_stand():
    printed = Printed(make_pdf(*(paper(name=name) for name in NAMES)), "names")
    text = printed.read_aloud()
    assert {name: text.count(name) for name in NAMES} == dict.fromkeys(NAMES, 6)


def test_a_name_from_right_to_left_begins_at_the_right_with_joined_letters():
    one, three = (Printed(make_pdf(paper(name=name))).glyphs() for name in ("ب", "ببب"))
    # The dot is a glyph of its own; the letter stands alone, or begins, goes on and ends a word.
    assert len({*map(tuple, three)}) - len({*map(tuple, one)}) == 2
    hebrew = Printed(make_pdf(paper(name="שלום")))
    assert hebrew.left_of("ש") > hebrew.left_of("ל") > hebrew.left_of("ם")
    mixed = Printed(make_pdf(paper(name="שלום & Co")))
    assert mixed.left_of("ם") > mixed.left_of("&"), "the name's direction is that of its first word"
    Printed(make_pdf(*(paper(name=f"{name} 12 Paper") for name in RIGHT_TO_LEFT)), "right-to-left")


def test_devanagari_letters_are_joined():
    apart, joined = (Printed(make_pdf(paper(name=name))).glyphs() for name in ("कष", "क्ष"))
    assert max(map(len, joined)) <= max(map(len, apart)) and joined != apart
    Printed(make_pdf(paper(name="कागज़ की दुकान क्ष्म हिन्दी")), "devanagari")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("𒀀𒀁 Paper", "[2 Cuneiform letters] Paper"),
        ("𓀀", "[1 Egyptian letter]"),
        ("\u2068Łódź\u2069", "\u2068Łódź\u2069"),
        ("纸\u2060", "纸"),
    ],
)
def test_what_no_face_has_is_named_and_never_a_box(name: str, shown: str):
    assert printable(name) == shown
    printed = Printed(make_pdf(paper(name=name)))
    assert not any(0 in run for run in printed.glyphs())


def test_a_letter_without_a_shape_would_be_seen(monkeypatch):
    """The check of the tests above: glyph 0 is the box."""
    monkeypatch.setattr(typesetter, "printable", lambda content: content)
    data = typesetter.set_papers(papers.PrintJob("Order DM-1", (paper(name="𒀀𒀁"),)))
    assert any(0 in run for run in Printed(data).glyphs())


@given(st.text(max_size=40))
def test_every_letter_of_a_paper_is_in_its_faces(text: str):
    assert {mark for mark in printable(text) if not is_covered(mark)} <= set(
        "\n\t" + papers._OBEYED
    )


def test_letters_of_every_script_that_the_faces_have_are_drawn():
    firsts, lasts = papers._coverage()
    dice = random.Random(16)
    marks = [chr(dice.randint(a, b)) for a, b in zip(firsts, lasts, strict=True) if a > 32]
    names = [" ".join(marks[at : at + 60]) for at in range(0, len(marks), 60)]
    printed = Printed(make_pdf(paper(rows=0), *(_list(names[n : n + 40]) for n in (0, 40))))
    assert not any(0 in run for run in printed.glyphs())


def _list(names: list[str]) -> Paper:
    return Paper(
        title="List",
        number="1",
        head=("Name",),
        rows=tuple((name,) for name in names),
        shares=(1.0,),
        sums=(("Rows", f"{len(names)}"),),
    )


def test_each_sheet_says_which_paper_it_is_of_and_how_many_there_are():
    printed = Printed(make_pdf(paper("DM-1", 50), paper("DM-2", 1), paper("DM-3", 25)), "sheets")
    feet = [text.splitlines()[-1] for text in printed.texts]
    assert feet == [
        "Order DM-1 Page 1 of 3",
        "Order DM-1 Page 2 of 3",
        "Order DM-1 Page 3 of 3",
        "Order DM-2 Page 1 of 1",
        "Order DM-3 Page 1 of 2",
        "Order DM-3 Page 2 of 2",
    ]
    assert all("Product Cases" in text for text in printed.texts), "the table's head is on each"
    letterheads = [COMPANY.address in text for text in printed.texts]
    assert letterheads == [True, False, False, True, True, False]
    running = [text.splitlines()[0].endswith("Order DM-1") for text in printed.texts]
    assert running == [False, True, True, False, False, False]


def test_a_very_long_word_stays_in_its_column_and_loses_no_letter():
    printed = Printed(make_pdf(paper(name=LONG)), "long-words")
    assert "".join(printed.text.split()).count(LONG) == 6
    with_company = Printed(make_pdf(paper(name=f"{LONG} & Co")), "")
    assert "".join(with_company.text.split()).count(f"{LONG}&Co") == 6


def test_a_reader_is_told_title_language_order_table_and_pictures():
    printed = Printed(make_pdf(paper("DM-1", 2), paper("DM-2", 1), title="2 orders"))
    root = printed.root
    assert printed.reader.metadata.title == "2 orders"
    assert printed.reader.metadata.author == COMPANY.name
    assert root["/Lang"] == "en-US" and root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"pdfuaid:part" in root["/Metadata"].get_data(), "it declares PDF/UA-1"
    tags = printed.tags()
    assert tags.count("H1") == 2 and tags.count("TH") == 4 and tags.count("Table") == 2
    assert tags.index("H1") < tags.index("Table") < tags.index("H2")
    assert printed.alternatives() == [
        f"Mark of {COMPANY.name}",
        "QR code of DM-1",
        f"Mark of {COMPANY.name}",
        "QR code of DM-2",
    ]


def test_pictures_stand_at_the_end_with_their_captions_whatever_their_kind():
    huge = io.BytesIO()
    Image.new("RGB", (4000, 3000), "teal").save(huge, "JPEG")
    pictures = (
        Picture("1: Lunch", "image/jpeg", _jpeg()),
        Picture("2: Hotel", "application/pdf", make_receipt(pages=2), 2),
        Picture("3: Taxi", "image/jpeg", huge.getvalue()),
    )
    printed = Printed(make_pdf(paper(pictures=pictures)), "pictures")
    assert "Receipt photos" in printed.texts[1] and "Receipt photos" not in printed.texts[0]
    captions = ["1: Lunch", "2: Hotel, page 1 of 2", "2: Hotel, page 2 of 2", "3: Taxi"]
    assert printed.alternatives()[2:] == captions
    assert all(caption in printed.texts[1] for caption in captions)
    assert len(printed.data) < 200_000, "a large picture is made smaller"


def _jpeg() -> bytes:
    out = io.BytesIO()
    Image.open(io.BytesIO(make_picture("red"))).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def test_a_pdf_that_cannot_be_shown_is_named():
    broken = Picture("1: Hotel", "application/pdf", b"%PDF-1.7 nothing", 1)
    printed = Printed(make_pdf(paper(pictures=(broken,))))
    assert "1: Hotel (a PDF that cannot be shown here)" in printed.text
