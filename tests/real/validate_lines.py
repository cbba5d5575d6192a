"""Which lines of a file a schema refuses. The Python of .lab/tests has the validator.

    .lab/tests/bin/python validate_lines.py SCHEMA FILE    prints the numbers of the refused lines
"""

import json
import sys
from pathlib import Path

import jsonschema_rs

validator = jsonschema_rs.Draft202012Validator(json.loads(Path(sys.argv[1]).read_text()))
for number, line in enumerate(Path(sys.argv[2]).read_text().splitlines(), start=1):
    if not validator.is_valid(json.loads(line)):
        print(number)
