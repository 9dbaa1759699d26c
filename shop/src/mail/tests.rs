//! Stories of mail that waits, on both databases.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::testing::TestDatabase;
use chrono::SubsecRound as _;

/// As exact as both databases keep it.
fn present() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(3)
}

fn letter(number: u32) -> NewMail {
    NewMail {
        kind: "TEST",
        to: format!("reader{number}@example.com"),
        subject: "News".into(),
        text: "the token is abc".into(),
        html: Some("<p>the token is abc</p>".into()),
    }
}

async fn row(queue: &MailQueue, id: Uuid) -> mail::Model {
    mail::Entity::find_by_id(id).one(&queue.db).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_mail_is_taken_up_once_and_blank_once_it_was_sent() {
    for database in TestDatabase::each().await {
        let queue = MailQueue::new(database.db.connection.clone());
        let now = present();
        enqueue(&queue.db, now, letter(1)).await.unwrap();
        let [due] = queue.claim(now, 10).await.unwrap().try_into().unwrap();
        assert_eq!((due.to.as_str(), due.attempt), ("reader1@example.com", 1));
        assert!(queue.claim(now, 10).await.unwrap().is_empty(), "it is taken up already");
        queue.sent(&due, now).await.unwrap();
        let row = row(&queue, due.id).await;
        assert_eq!((row.text.as_str(), row.html, row.next_attempt_at), ("", None, None));
        assert!(row.sent_at.is_some());
        assert!(queue.claim(now + TimeDelta::days(9), 10).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn many_senders_at_once_send_each_mail_once() {
    for database in TestDatabase::each().await {
        let queue = MailQueue::new(database.db.connection.clone());
        let now = present();
        for number in 0..20 {
            enqueue(&queue.db, now, letter(number)).await.unwrap();
        }
        let claims = futures::future::join_all((0..5).map(|_| queue.claim(now, 20))).await;
        let mut taken: Vec<Uuid> = claims
            .into_iter()
            .flat_map(Result::unwrap)
            .map(|mail| mail.id)
            .collect();
        taken.sort_unstable();
        let all = taken.len();
        taken.dedup();
        assert_eq!((all, taken.len()), (20, 20));
    }
}

#[tokio::test]
async fn a_sender_that_died_leaves_its_mail_to_the_next_and_has_no_say_any_more() {
    for database in TestDatabase::each().await {
        let queue = MailQueue::new(database.db.connection.clone());
        let now = present();
        enqueue(&queue.db, now, letter(1)).await.unwrap();
        let [dead] = queue.claim(now, 10).await.unwrap().try_into().unwrap();
        let later = now + LEASE;
        let [next] = queue.claim(later, 10).await.unwrap().try_into().unwrap();
        assert_eq!((next.id, next.attempt), (dead.id, 2));
        queue.sent(&dead, later).await.unwrap();
        assert!(row(&queue, dead.id).await.sent_at.is_none());
        queue.sent(&next, later).await.unwrap();
        assert!(row(&queue, dead.id).await.sent_at.is_some());
    }
}

#[tokio::test]
async fn a_failure_waits_longer_each_time_and_is_given_up_in_the_end() {
    for database in TestDatabase::each().await {
        let queue = MailQueue::new(database.db.connection.clone());
        let mut now = present();
        enqueue(&queue.db, now, letter(1)).await.unwrap();
        let failure = SendFailure {
            message: "nobody listens ".repeat(40),
            is_permanent: false,
        };
        for attempt in 1..=MOST_ATTEMPTS {
            let [due] = queue.claim(now, 10).await.unwrap().try_into().unwrap();
            assert_eq!(due.attempt, attempt);
            assert!(due.text.contains("token"));
            let is_over = queue.failed(&due, &failure, now).await.unwrap();
            assert_eq!(is_over, attempt == MOST_ATTEMPTS);
            let wait = wait_after(attempt);
            let almost = now + wait - TimeDelta::seconds(1);
            assert!(queue.claim(almost, 10).await.unwrap().is_empty());
            now += wait;
        }
        let rows = mail::Entity::find().all(&queue.db).await.unwrap();
        assert_eq!((rows[0].text.as_str(), rows[0].next_attempt_at), ("", None));
        assert!(
            rows[0]
                .last_error
                .as_deref()
                .is_some_and(|error| error.starts_with("nobody"))
        );
    }
}

#[tokio::test]
async fn what_no_attempt_can_mend_is_given_up_at_once() {
    let database = TestDatabase::sqlite().await;
    let queue = MailQueue::new(database.db.connection.clone());
    let now = present();
    enqueue(&queue.db, now, letter(1)).await.unwrap();
    let [due] = queue.claim(now, 10).await.unwrap().try_into().unwrap();
    let failure = SendFailure {
        message: "no such mailbox".into(),
        is_permanent: true,
    };
    assert!(queue.failed(&due, &failure, now).await.unwrap());
    assert!(queue.claim(now + TimeDelta::days(9), 10).await.unwrap().is_empty());
    assert!(
        !format!("{due:?} {:?}", letter(1)).contains("reader1"),
        "a person is shown"
    );
}

#[test]
fn waits_double_up_to_four_hours() {
    let minutes: Vec<i64> = (1..=10).map(|attempt| wait_after(attempt).num_minutes()).collect();
    assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 64, 128, 240, 240]);
}
