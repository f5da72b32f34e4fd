"""`make bench`: measurements, one JSON object a line. Each compares with something plain in the same run, so that the
ratio means the same on a fast machine and on a slow one."""

import json

from tests.bench.pages import sign_in_page_throughput

BENCHES = (sign_in_page_throughput,)

for bench in BENCHES:
    print(json.dumps(bench()), flush=True)
