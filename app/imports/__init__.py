"""The import engine: files are read, mapped, shaped, staged, merged and classed. No Flask, no use cases."""
