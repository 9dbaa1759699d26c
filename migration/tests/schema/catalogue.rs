//! What a database tells about its own tables.

use migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, QueryResult, Statement};

/// A column, as database and entity must agree on it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// Its type on PostgreSQL; empty on SQLite.
    pub(crate) kind: String,
    pub(crate) is_nullable: bool,
    pub(crate) is_key: bool,
}

async fn all(db: &DatabaseConnection, sql: &str, values: Vec<&str>) -> Vec<QueryResult> {
    let values: Vec<_> = values.into_iter().map(Into::into).collect();
    db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values))
        .await
        .unwrap()
}

/// Names of all tables, sorted.
pub(crate) async fn tables(db: &DatabaseConnection) -> Vec<String> {
    let sql = match db.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        }
        _ => {
            "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public' \
             AND tablename NOT LIKE 'behaviour\\_event\\_%' ORDER BY tablename::text COLLATE \"C\""
        }
    };
    all(db, sql, Vec::new())
        .await
        .iter()
        .map(|row| row.try_get("", "name").unwrap())
        .collect()
}

/// The columns of a table, sorted by name.
pub(crate) async fn columns(db: &DatabaseConnection, table: &str) -> Vec<Column> {
    let is_sqlite = db.get_database_backend() == DbBackend::Sqlite;
    let sql = if is_sqlite {
        "SELECT name, '' AS kind, \"notnull\" = 0 AS is_nullable, pk > 0 AS is_key FROM pragma_table_info(?)"
    } else {
        "SELECT c.column_name::text AS name, c.data_type::text AS kind, c.is_nullable = 'YES' AS is_nullable, \
         EXISTS (SELECT 1 FROM information_schema.key_column_usage k \
           JOIN information_schema.table_constraints t USING (constraint_schema, constraint_name) \
           WHERE t.constraint_type = 'PRIMARY KEY' AND k.table_name = c.table_name \
             AND k.column_name = c.column_name) AS is_key \
         FROM information_schema.columns c WHERE c.table_schema = 'public' AND c.table_name = $1"
    };
    let column = |row: &QueryResult| Column {
        name: row.try_get("", "name").unwrap(),
        kind: row.try_get("", "kind").unwrap(),
        is_nullable: row.try_get("", "is_nullable").unwrap(),
        is_key: row.try_get("", "is_key").unwrap(),
    };
    let mut columns: Vec<Column> = all(db, sql, vec![table]).await.iter().map(column).collect();
    columns.sort();
    columns
}

/// Names of the unique indexes; PostgreSQL only.
pub(crate) async fn unique_indexes(db: &DatabaseConnection) -> Vec<String> {
    let sql =
        "SELECT c.relname::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indisunique";
    all(db, sql, Vec::new())
        .await
        .iter()
        .map(|row| row.try_get("", "name").unwrap())
        .collect()
}

/// How SQLite would go about a query, a line a step.
pub(crate) async fn plan(db: &DatabaseConnection, query: &str) -> Vec<String> {
    all(db, &format!("EXPLAIN QUERY PLAN {query}"), Vec::new())
        .await
        .iter()
        .map(|row| row.try_get("", "detail").unwrap())
        .collect()
}
