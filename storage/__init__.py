"""Storage remembers: one file per noun, its table first, then its repository.

Repositories speak SQLAlchemy Core and hand out the frozen values of `market`. Nobody in here
commits: a turn, a tick or a dispatch batch is one transaction of the runner's.
"""
