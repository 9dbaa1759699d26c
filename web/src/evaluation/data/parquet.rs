//! Rows of Parquet files, whose columns are flat. Knows nothing of what they mean.

use super::{
    files::Content,
    table::{Problem, Row, Rows},
};
use ::parquet::{
    basic::{LogicalType, TimeUnit},
    file::{reader::FileReader as _, serialized_reader::SerializedFileReader},
    record::{Field, reader::RowIter},
    schema::types::ColumnDescPtr,
};
use chrono::DateTime;
use std::rc::Rc;

/// A column, and so many of its units are a millisecond if it holds times.
struct Column {
    name: Rc<str>,
    per_ms: Option<i64>,
}

/// Rows as those of text; what they call a line is a row's number.
pub(super) fn rows(content: &Content) -> Result<Rows<'_>, Problem> {
    let file: Rc<str> = content.name.as_str().into();
    let reader = SerializedFileReader::new(content.bytes.clone());
    let reader = reader.map_err(|error| Problem::new(&file, 0, error))?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let mut columns = Vec::with_capacity(schema.num_columns());
    // The reader panics on some of what is nested.
    for field in schema.root_schema().get_fields() {
        if field.is_group() {
            return Err(Problem::new(&file, 0, "is a list or an object").of(field.name()));
        }
    }
    for column in schema.columns() {
        columns.push(Column {
            name: column.name().into(),
            per_ms: per_ms(column),
        });
    }
    let rows = (1..).zip(RowIter::from_file_into(Box::new(reader)));
    Ok(Box::new(rows.map(move |(line, row)| {
        let row = row.map_err(|error| Problem::new(&file, line, error))?;
        let mut fields = Vec::with_capacity(columns.len());
        for (column, (_, field)) in columns.iter().zip(row.get_column_iter()) {
            let value = text(field, column.per_ms);
            let value = value.map_err(|what| Problem::new(&file, line, what).of(&column.name))?;
            fields.push((Rc::clone(&column.name), value.trim().to_owned()));
        }
        let file = Rc::clone(&file);
        Ok(Row { file, line, fields })
    })))
}

fn per_ms(column: &ColumnDescPtr) -> Option<i64> {
    let Some(LogicalType::Timestamp(timestamp)) = column.logical_type_ref() else {
        return None;
    };
    Some(match timestamp.unit {
        TimeUnit::MILLIS => 1,
        TimeUnit::MICROS => 1_000,
        TimeUnit::NANOS => 1_000_000,
    })
}

fn text(field: &Field, per_ms: Option<i64>) -> Result<String, String> {
    let date = |ms: i64| {
        let date = DateTime::from_timestamp_millis(ms).ok_or("is out of the range of dates")?;
        Ok(date.to_rfc3339())
    };
    match (field, per_ms) {
        (Field::Null, _) => Ok(String::new()),
        // Times that name no time zone come as bare numbers.
        (Field::Long(time) | Field::TimestampMillis(time) | Field::TimestampMicros(time), Some(per_ms)) => {
            date(time.div_euclid(per_ms))
        }
        (Field::TimestampMillis(ms), None) => date(*ms),
        (Field::TimestampMicros(micros), None) => date(micros.div_euclid(1_000)),
        (Field::Str(text), _) => Ok(text.clone()),
        (Field::Bytes(bytes), _) => String::from_utf8(bytes.data().to_vec()).map_err(|_| "is not UTF-8".to_owned()),
        // Without the `.0` of whole ones: a column of numbers that has gaps is often written so.
        (Field::Double(number), _) => Ok(number.to_string()),
        (Field::Float(number), _) => Ok(number.to_string()),
        (Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_), _) => {
            Err("is a list or an object".to_owned())
        }
        (other, _) => Ok(other.to_string()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use ::parquet::{
        basic::{Compression, ZstdLevel},
        data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type},
        file::{properties::WriterProperties, writer::SerializedFileWriter},
        schema::parser::parse_message_type,
    };
    use std::sync::Arc;

    const SCHEMA: &str = "message events {
        REQUIRED BYTE_ARRAY person (UTF8);
        REQUIRED DOUBLE item;
        REQUIRED INT64 at (TIMESTAMP(NANOS, false));
        OPTIONAL BYTE_ARRAY kind (UTF8);
    }";

    fn events(compression: Compression) -> Content {
        let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
        let properties = WriterProperties::builder().set_compression(compression).build();
        let mut bytes = Vec::new();
        let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties)).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let people = ["ann", " bob "].map(ByteArray::from);
        column
            .typed::<ByteArrayType>()
            .write_batch(&people, None, None)
            .unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<DoubleType>()
            .write_batch(&[7.0, 8.5], None, None)
            .unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let times = [1_700_000_000_000_000_000, 1_700_000_000_001_999_999];
        column.typed::<Int64Type>().write_batch(&times, None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let kinds = [ByteArray::from("cart")];
        let is_there = [0, 1];
        column
            .typed::<ByteArrayType>()
            .write_batch(&kinds, Some(&is_there), None)
            .unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();
        let (name, bytes) = ("events.parquet".to_owned(), bytes.into());
        Content { name, bytes }
    }

    #[test]
    fn values_become_texts_and_times_dates() {
        let zstd = Compression::ZSTD(ZstdLevel::default());
        for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY, zstd] {
            let content = events(compression);
            let rows: Vec<Row> = rows(&content).unwrap().collect::<Result<_, _>>().unwrap();
            let told = |row: &Row| ["person", "item", "at", "kind"].map(|column| row.text(column));
            assert_eq!(told(&rows[0]), ["ann", "7", "2023-11-14T22:13:20+00:00", ""]);
            assert_eq!(told(&rows[1]), ["bob", "8.5", "2023-11-14T22:13:20.001+00:00", "cart"]);
            assert_eq!(rows[1].line, 2);
        }
    }

    #[test]
    fn a_folder_of_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("events.parquet");
        std::fs::write(file, events(Compression::SNAPPY).bytes).unwrap();
        let kind = super::super::guess(folder.path()).unwrap();
        let set = super::super::read(kind, folder.path()).unwrap();
        let times: Vec<i64> = set.events.iter().map(|event| event.at_ms).collect();
        assert_eq!(times, [1_700_000_000_000, 1_700_000_000_001]);
        assert_eq!((set.people, set.items.len(), set.has_time), (2, 2, true));
    }

    #[test]
    fn what_is_no_such_file_is_refused() {
        let (name, bytes) = ("events.parquet".to_owned(), "person,item,at\n".into());
        assert!(rows(&Content { name, bytes }).is_err());
    }
}
