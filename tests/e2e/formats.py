"""One table of rows in every file format that can be imported, written without the product.

A writer takes column names and rows of texts (None: missing) and gives the bytes of a file; FORMATS also has what may
be around it.
"""

import csv
import gzip
import io
import json
import zipfile
from xml.sax.saxutils import escape

import pyarrow
import pyarrow.parquet

COLUMNS = ["user_id", "item_id", "behavior_type", "timestamp", "quantity", "unit_price"]
TIME = "2025-01-01 10:00:00"
GOOD = [["zhang1", "i1", "buy", TIME, "2", "9.99"], ["zhang2", "商品", "view", TIME, None, None]]


def delimited(columns, rows):
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def objects(columns, rows):
    return [json.dumps(dict(zip(columns, row)), ensure_ascii=False) for row in rows]


def json_lines(columns, rows):
    return "".join(one + "\n" for one in objects(columns, rows)).encode()


def json_array(columns, rows):
    return ("[" + ",\n".join(objects(columns, rows)) + "]\n").encode()


def parquet(columns, rows):
    """Of texts; or of a pyarrow.Table."""
    fields = [pyarrow.array([row[i] for row in rows], pyarrow.string()) for i in range(len(columns))]
    return parquet_of(pyarrow.Table.from_arrays(fields, names=columns))


def parquet_of(table, **options):
    file = io.BytesIO()
    pyarrow.parquet.write_table(table, file, **options)
    return file.getvalue()


def zstd(data):
    out = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(out, "zstd") as stream:
        stream.write(data)
    return out.getvalue().to_pybytes()


def zip_of(files, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def number(value, style=0):
    return f'<c r="REF" s="{style}"><v>{value}</v></c>'


def cell(reference, value):
    """A text as it is, or a cell of raw XML with REF for its place."""
    if value is None:
        return ""
    if value.startswith("<c "):
        return value.replace("REF", reference)
    text = escape(value).replace("\0", "_x0000_")
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def sheet(rows, behind=""):
    body = "".join(f'<row r="{n}">' + "".join(cell(f"{chr(65 + i)}{n}", v) for i, v in enumerate(row)) + "</row>"
                   for n, row in enumerate(rows, 1))
    return ('<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/'
            f'spreadsheetml/2006/main"><sheetData>{body}</sheetData>{behind}</worksheet>')


def workbook(sheets, about="", styles='<xf numFmtId="0"/><xf numFmtId="22"/>'):
    """`sheets`: (name, state, XML) of each; style 1 shows a number as date and time."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    listed = "".join(f'<sheet name="{name}" sheetId="{i}" state="{state}" r:id="r{i}"/>'
                     for i, (name, state, _) in enumerate(sheets, 1))
    links = "".join(f'<Relationship Id="r{i}" Type="{relation}/worksheet" Target="worksheets/sheet{i}.xml"/>'
                    for i in range(1, len(sheets) + 1))
    parts = {"xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relation}">{about}<sheets>{listed}</sheets>'
                                "</workbook>",
             "xl/_rels/workbook.xml.rels": f"<Relationships>{links}</Relationships>",
             "xl/styles.xml": f"<styleSheet><cellXfs>{styles}</cellXfs></styleSheet>"}
    for i, (_, _, content) in enumerate(sheets, 1):
        parts[f"xl/worksheets/sheet{i}.xml"] = content
    return zip_of(parts)


def xlsx(columns, rows):
    return workbook([("Orders", "visible", sheet([columns, *rows]))])


FORMATS = {  # name: (writer of the table, container around it, line of the first row)
    "csv": (delimited, bytes, 2),
    "csv.gz": (delimited, gzip.compress, 2),
    "csv.zst": (delimited, zstd, 2),
    "csv.zip": (delimited, lambda text: zip_of({"a.csv": text}), 2),
    "jsonl": (json_lines, bytes, 1),
    "json": (json_array, bytes, 1),
    "xlsx": (xlsx, bytes, 2),
    "parquet": (parquet, bytes, 1),
}
TABLES = ("csv", "jsonl", "json", "xlsx", "parquet")  # those without a container


def written(name, columns=None, rows=GOOD):
    writer, container, _ = FORMATS[name]
    return container(writer(columns or COLUMNS, rows))
