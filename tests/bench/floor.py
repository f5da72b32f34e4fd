"""The floor of all import figures: one bare LOAD DATA LOCAL INFILE of the same rows into a table with the columns and
indexes of ``crm_records``. Table and statement are fixed here; a test compares the table with the model."""

import time
from pathlib import Path

import pymysql
import sqlalchemy as sa

TABLE = "bench_floor"
CREATE = f"""
CREATE TABLE {TABLE} (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  stream_id BIGINT NOT NULL,
  external_id VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  batch_id BIGINT NOT NULL,
  ended_by BIGINT NULL,
  local_date DATE NULL,
  occurred_at DATETIME(6) NULL,
  active BOOL NOT NULL,
  signal_kind VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  status VARCHAR(60) NULL,
  campaign VARCHAR(160) NULL,
  business_unit VARCHAR(120) NULL,
  job_type VARCHAR(120) NULL,
  employee VARCHAR(160) NULL,
  customer VARCHAR(160) NULL,
  attrs MEDIUMTEXT NOT NULL,
  row_hash BINARY(16) NOT NULL,
  amount DECIMAL(18, 4) NULL,
  UNIQUE KEY stream_id (stream_id, external_id, batch_id),
  KEY roll (stream_id, local_date, ended_by, batch_id, active, status, amount),
  KEY batch_id (batch_id),
  KEY ended_by (ended_by)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
"""
LOAD = f"""
LOAD DATA LOCAL INFILE %s INTO TABLE {TABLE} CHARACTER SET utf8mb4
FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '"' ESCAPED BY '' LINES TERMINATED BY '\\n' IGNORE 1 LINES
(external_id, @number, local_date, @due, @sub_total, amount, @balance, customer, business_unit, job_type, @summary, @active)
SET stream_id = 1, batch_id = 1, active = (@active = 'True'), signal_kind = 'invoice', row_hash = '0123456789abcdef',
    attrs = CONCAT('{{"number":"', @number, '","due_date":"', @due, '","sub_total":"', @sub_total, '","balance":"', @balance,
                   '","summary":"', @summary, '"}}')
"""  # our own name


def seconds_of_a_bare_load(url: str, path: Path, rows: int) -> float:
    """Load the file once, commit, and count.

    :param url: of the runtime account
    :raises SystemExit: if the server did not take every row as it stands
    """
    own = sa.make_url(url)
    connection = pymysql.connect(
        user=own.username or "",
        password=own.password or "",
        database=own.database,
        unix_socket=str(own.query["unix_socket"]),
        local_infile=True,
    )
    try:
        with connection.cursor() as cursor:
            began = time.perf_counter()
            loaded = cursor.execute(LOAD, (str(path),))
            cursor.execute("SELECT @@warning_count")
            warnings = cursor.fetchone()
            connection.commit()
            took = time.perf_counter() - began
    finally:
        connection.close()
    if loaded != rows or warnings != (0,):
        raise SystemExit(f"The bare load took {loaded} of {rows} rows with {warnings} warnings: there is nothing to compare with.")
    return took
