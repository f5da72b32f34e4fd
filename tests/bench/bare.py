"""What Flask does when it does nothing else."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def nothing() -> str:
    return "nothing"
