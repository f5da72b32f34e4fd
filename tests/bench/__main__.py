"""`make bench`: measurements, one JSON object a line. Each compares with something plain in the same run, so that the
ratio means the same on a fast machine and on a slow one."""

import json

from tests.bench.gates import gates
from tests.bench.imports import imports, memory_of_the_long_import
from tests.bench.pages import sign_in_page_throughput
from tests.bench.portal import portal_home_throughput

BENCHES = (sign_in_page_throughput, portal_home_throughput, imports, memory_of_the_long_import, gates)

for bench in BENCHES:
    for line in bench():
        print(json.dumps(line), flush=True)
