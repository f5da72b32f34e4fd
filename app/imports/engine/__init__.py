"""Bringing shaped rows into their home, whole or not at all, and taking them back.

Every function here writes in transactions of its own, short ones, in the home alone. What belongs into the application's
database meanwhile is the job's (app/jobs/imports.py).
"""
