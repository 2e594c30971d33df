def first(cursor):
    return cursor.fetchone()
