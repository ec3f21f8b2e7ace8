"""Texts that people bring: kept as they are written, without what hides, reorders or breaks lines."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.shared.csv_files import read_csv
from models.shared.texts import isolate, one_line, several_lines, shows_anything

NAMES = (
    "Müller & Söhne GmbH",
    "İstanbul Kâğıt",
    "Бумага и Ко",
    "Χαρτί ΑΕ",
    "שירותי נייר בע״מ",
    "شركة الورق",
    "می‌خواهم",  # Persian with a zero-width non-joiner
    "कागज़ कंपनी",
    "क्‍ष",  # Devanagari with a zero-width joiner
    "กระดาษ",
    "纸业有限公司",
    "한국제지",
    "👩‍💻 Paper",
    "❤️ Paper",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿 Paper",
    "O’Brien-Ng, Inc.",
)
NOTHING = (
    "",
    " \t\r\n",
    "\u200b",
    "\u3164",
    "\u2800",
    "\u115f\u1160",
    "\uffa0",
    "\u2060\ufeff",
    "\U000e0041\U000e0042",
    "\ufe0f",
    "\U000e0100",
    "\u034f",
    "\u200d\u200e",
    "\u202e\u202c",
    "\u2067\u2069",
    "\u00ad",
    "\u180e",
    "\u0000\u0007\u009f",
    "\u00a0\u2003\u3000",
    "\U0001d173",
    "\u0301",
)
LINE_ENDS = ("\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029")
REORDERS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ANY = st.text(st.characters(exclude_categories=["Cs"])) | st.text(
    st.sampled_from("aé́ש👩\u200d\u200b\u2800\u3164\ufe0f \t" + REORDERS + "".join(LINE_ENDS))
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_script_is_kept_as_it_is_written(name: str):
    assert one_line(name) == several_lines(name) == unicodedata.normalize("NFC", name)
    assert one_line(f"\u3164 {name}\u200b\u2800 ") == one_line(name)


@pytest.mark.parametrize("text", NOTHING, ids=ascii)
def test_a_text_that_shows_nothing_is_empty(text: str):
    assert one_line(text) == "" and several_lines(text).strip() == ""
    assert not shows_anything(text)


@pytest.mark.parametrize("end", LINE_ENDS, ids=ascii)
def test_a_line_end_of_any_age_becomes_a_blank_or_a_line_end(end: str):
    assert one_line(f"Ann{end}Bcc: all") == "Ann Bcc: all"
    assert several_lines(f"One{end}two") == "One\ntwo"


@pytest.mark.parametrize("mark", REORDERS, ids=ascii)
def test_what_reorders_the_text_around_it_is_taken_out(mark: str):
    assert one_line(f"Ann{mark}exe.pdf") == several_lines(f"Ann{mark}exe.pdf") == "Annexe.pdf"


def test_two_spellings_of_one_name_are_one():
    assert one_line("Mu\u0308ller") == "Müller"


def test_half_a_surrogate_pair_is_refused():
    with pytest.raises(ValueError, match="surrogates"):
        one_line("Ann \ud83d")


@given(ANY)
def test_a_clean_text_stays_as_it_is(text: str):
    line, lines = one_line(text), several_lines(text)
    assert one_line(line) == line and several_lines(lines) == lines and one_line(lines) == line
    assert unicodedata.is_normalized("NFC", line)
    assert len(line.splitlines()) <= 1 and not set(REORDERS) & set(line + lines)
    assert line == "" or shows_anything(line)


def test_only_a_name_that_could_reorder_its_sentence_is_isolated():
    assert isolate("שירותי נייר") == "\u2068שירותי נייר\u2069"
    assert isolate("شركة الورق") == "\u2068شركة الورق\u2069"
    assert [isolate(name) for name in ("Müller", "纸业", "")] == ["Müller", "纸业", ""]


def test_a_cell_of_a_file_is_one_line():
    table = read_csv('Company,City\r\n"Ann\r\nCo\u202e","\u3164"\r\n'.encode())
    assert [cells for _line, cells in table.rows] == [["Company", "City"], ["Ann Co", ""]]
