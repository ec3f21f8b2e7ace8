"""Papers as PDF: every name can be read, and every sheet says where it belongs."""

import io

from pypdf import PdfReader

from webapp.shared.pages.documents import Paper, make_pdf

NAMES = ("Dvořák & Żółw", "Łódź <1>", "Ευρώπη", "Москва", "Nguyễn Đức")


def paper(title: str, rows: int, name: str = "Nay Aug") -> Paper:
    return Paper(
        title=title,
        under=name,
        facts=[("Client", (name, "")), ("Deliver to", (name,))],
        head=("Product", "Cases"),
        rows=[(f"{name} {n}", f"{n}") for n in range(rows)],
        shares=(0.7, 0.3),
        numbers=1,
        sums=[("Cases", "9")],
        foot=name,
    )


def texts(*papers: Paper) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(make_pdf(*papers))).pages]


def test_a_name_from_anywhere_in_europe_can_be_read_wherever_it_stands():
    for name in NAMES:
        [page] = texts(paper(f"Order of {name}", 2, name))
        assert page.count(name) == 8, page


def test_each_sheet_says_which_paper_it_is_of_and_how_many_there_are():
    pages = texts(paper("Order DM-1", 70), paper("Order DM-2", 1), paper("Order DM-3", 40))
    feet = [
        [line for line in page.splitlines() if line.startswith(("Order DM", "Page"))][-2:]
        for page in pages
    ]
    assert feet == [
        ["Order DM-1", "Page 1 of 3"],
        ["Order DM-1", "Page 2 of 3"],
        ["Order DM-1", "Page 3 of 3"],
        ["Order DM-2", "Page 1 of 1"],
        ["Order DM-3", "Page 1 of 2"],
        ["Order DM-3", "Page 2 of 2"],
    ]
    assert all("Product" in page for page in pages), "the table's head stands on each"
