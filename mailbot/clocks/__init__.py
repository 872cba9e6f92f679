"""Instants to instants: opening hours, promised times, closed periods, pauses between attempts.

Everything here is pure: the present is an argument, and the same arguments give the same
answer. Instants are aware UTC datetimes.
"""
