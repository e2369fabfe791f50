"""Wording: facts in, Chinese sentences out. No logic but grammar lives here.

House rules: at most six lines; first the result, then the next step; amounts as ``¥110.40``;
dates with their weekday; the number of the demand or order always; what to say next, last.
"""
