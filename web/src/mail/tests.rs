//! Stories of mail on its way out, with a server for mail that speaks as it is told.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::config::MailConfig;
use std::sync::Mutex;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};
use uuid::Uuid;

fn due(to: &str) -> DueMail {
    DueMail {
        id: Uuid::now_v7(),
        kind: "TEST".into(),
        to: to.into(),
        subject: "Lamps & Co: news".into(),
        text: "Hello Ada,\n\nthe token is\n\nTOKEN\n".into(),
        html: None,
        attempt: 1,
    }
}

fn from() -> Mailbox {
    "Lamps & Co <shop@lamps.example>".parse().unwrap()
}

/// A server that answers `RCPT` with this line; gives its address and what it was told.
async fn server(answer: &'static str) -> (String, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = Arc::new(Mutex::new(String::new()));
    let ear = heard.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, answer, ear.clone()));
        }
    });
    (format!("smtp://{address}"), heard)
}

async fn talk(stream: TcpStream, answer: &'static str, heard: Arc<Mutex<String>>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut is_data = false;
    write.write_all(b"220 mail.example\r\n").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        heard.lock().unwrap().push_str(&format!("{line}\n"));
        let reply = match line.split(' ').next().unwrap_or_default() {
            "." => {
                is_data = false;
                "250 taken"
            }
            _ if is_data => continue,
            "DATA" => {
                is_data = true;
                "354 go on"
            }
            "RCPT" => answer,
            "QUIT" => "221 bye",
            _ => "250 mail.example",
        };
        if write.write_all(format!("{reply}\r\n").as_bytes()).await.is_err() {
            return;
        }
    }
}

fn smtp(url: String) -> Smtp {
    Smtp::new(&MailConfig {
        smtp_url: Some(url),
        ..MailConfig::default()
    })
    .unwrap()
}

#[tokio::test]
async fn a_server_gets_the_message_with_its_sender_subject_and_a_lasting_id() {
    let (url, heard) = server("250 known").await;
    let mail = due("ada@example.com");
    let message = message(&from(), &mail).unwrap();
    smtp(url).send(mail.id, &message).await.unwrap();
    let heard = heard.lock().unwrap();
    for line in [
        "MAIL FROM:<shop@lamps.example>",
        "RCPT TO:<ada@example.com>",
        "Subject: Lamps & Co: news",
        &format!("Message-ID: <{}@lamps.example>", mail.id.simple()),
        "TOKEN",
    ] {
        assert!(
            heard.lines().any(|said| said.starts_with(line)),
            "{line} is not in {heard}"
        );
    }
}

#[tokio::test]
async fn only_a_refusal_of_the_mail_itself_is_final() {
    let mail = due("ada@example.com");
    let message = message(&from(), &mail).unwrap();
    for (answer, is_permanent) in [
        ("550 5.1.1 no such mailbox", true),
        ("535 5.7.8 log in again", false),
        ("451 4.3.0 later", false),
    ] {
        let (url, _) = server(answer).await;
        let failure = smtp(url).send(mail.id, &message).await.unwrap_err();
        assert_eq!(failure.is_permanent, is_permanent, "{answer}: {failure:?}");
    }
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let failure = smtp(format!("smtp://{nobody}"))
        .send(mail.id, &message)
        .await
        .unwrap_err();
    assert!(!failure.is_permanent);
}

#[tokio::test]
async fn a_file_is_written_whole_for_its_owner_alone() {
    let directory = tempfile::tempdir().unwrap();
    let outbox = FileOutbox::new(directory.path().join("outbox"));
    let mail = due("ada@example.com");
    for _ in 0..2 {
        outbox.send(mail.id, &message(&from(), &mail).unwrap()).await.unwrap();
    }
    let files: Vec<_> = std::fs::read_dir(directory.path().join("outbox")).unwrap().collect();
    assert_eq!(files.len(), 1, "nothing half done stays, and a mail sent twice is one");
    let file = files[0].as_ref().unwrap();
    let text = std::fs::read_to_string(file.path()).unwrap();
    assert!(file.path().extension().is_some_and(|extension| extension == "eml"));
    assert!(
        text.contains("To: ada@example.com\r\n") && text.contains("\r\n\r\nTOKEN\r\n"),
        "{text}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0);
    }
}

#[test]
fn a_long_link_stays_whole_and_other_letters_than_ascii_arrive() {
    let link = format!("https://lamps.example/reset-password#token={}", "a".repeat(43));
    let with = |text: String| {
        let mail = DueMail {
            text,
            ..due("ada@example.com")
        };
        String::from_utf8(message(&from(), &mail).unwrap().formatted()).unwrap()
    };
    assert!(with(format!("open\n\n{link}\n")).contains(&format!("\r\n\r\n{link}\r\n")));
    let encoded = with(format!("Hello Ren\u{e9}e,\n\n{link}\n"));
    assert!(encoded.is_ascii() && encoded.contains("Ren=C3=A9e"), "{encoded}");
}

#[test]
fn what_cannot_be_a_message_is_final() {
    let failure = message(&from(), &due("no address")).unwrap_err();
    assert!(failure.is_permanent);
    let html = DueMail {
        html: Some("<p>TOKEN</p>".into()),
        ..due("ada@example.com")
    };
    let text = String::from_utf8(message(&from(), &html).unwrap().formatted()).unwrap();
    assert!(
        text.contains("multipart/alternative") && text.contains("text/html"),
        "{text}"
    );
}
