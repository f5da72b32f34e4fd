"""What tests are made of. Passwords cost next to nothing in the tests' own processes: thousands are checked."""

from argon2 import PasswordHasher

from app.security import passwords

passwords._hasher = PasswordHasher(time_cost=1, memory_cost=256, parallelism=1)
passwords._decoy = passwords._made_up_hash()
