//! Figures by hand, on SQLite and PostgreSQL.
