"""Small workbooks, written part by part."""

import io
import zipfile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def sheet_xml(rows: bytes) -> bytes:
    return b'<worksheet xmlns="' + MAIN.encode() + b'"><sheetData>' + rows + b"</sheetData></worksheet>"


def workbook_xml(*sheets: str, properties: str = "") -> bytes:
    listed = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, start=1))
    return f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{properties}<sheets>{listed}</sheets></workbook>'.encode()


def links_xml(count: int) -> bytes:
    links = "".join(f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in range(1, count + 1))
    return f"<Relationships>{links}</Relationships>".encode()


def book(sheet: bytes | None = None, **parts: bytes) -> bytes:
    """A workbook of one sheet, with further or other parts by name."""
    found = {
        "[Content_Types].xml": b"<Types/>",
        "xl/workbook.xml": workbook_xml("Calls"),
        "xl/_rels/workbook.xml.rels": links_xml(1),
        "xl/worksheets/sheet1.xml": sheet or sheet_xml(b'<row r="1"><c r="A1" t="inlineStr"><is><t>ID</t></is></c></row>'),
        **parts,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in found.items():
            archive.writestr(name, content)
    return out.getvalue()
