use super::*;
use crate::transport::smtp::line::Line;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::oneshot;

fn line() -> (Line, DuplexStream) {
    let (near, far) = duplex(1 << 20);
    let deadlines = Arc::new(Deadlines::default());
    let wire = Wire::new(Box::new(near), deadlines, Transcript::new(), Stage::Mail);
    (Line::new(wire), far)
}

/// Everything that has arrived so far. In memory nothing is ever still under way.
async fn arrived(far: &mut DuplexStream) -> Vec<u8> {
    let mut all = vec![];
    let mut chunk = [0_u8; 4096];
    loop {
        tokio::select! {
            biased;
            n = far.read(&mut chunk) => match n.unwrap() {
                0 => return all,
                n => all.extend_from_slice(&chunk[..n]),
            },
            () = std::future::ready(()) => return all,
        }
    }
}

/// Sends as the chunks and lettre do together: the text, a flush, the terminator, a flush.
async fn message(mut line: Line, text: Vec<u8>, last: bool) -> io::Result<()> {
    line.lock().text(&text, last);
    line.flush().await?;
    line.lock().text_complete();
    line.write_all(b"\r\n.\r\n").await?;
    line.flush().await
}

#[tokio::test]
async fn not_one_byte_of_the_dot_passes_before_the_mark() {
    for last in [true, false] {
        let (line, mut far) = line();
        let (tell, told) = oneshot::channel::<Result<(), String>>();
        let mut told = Some(told);
        let gate = move || {
            let told = told.take().unwrap();
            async move { told.await.unwrap() }
        };
        let transfer = Transfer::new(Box::new(gate), 6, b"MAIL FROM:<next>\r\n".to_vec());
        line.lock().begin(transfer);
        let mut sending = Box::pin(message(line.clone(), b"text\r\n".to_vec(), last));
        tokio::select! {
            biased;
            _ = &mut sending => panic!("it did not wait"),
            () = std::future::ready(()) => {}
        }
        assert_eq!(arrived(&mut far).await, b"text\r\n");
        assert!(!line.lock().dot_may_have_left());
        tell.send(Ok(())).unwrap();
        sending.await.unwrap();
        assert_eq!(arrived(&mut far).await, b".\r\nMAIL FROM:<next>\r\n");
        assert!(line.lock().dot_may_have_left());
    }
}

#[tokio::test]
async fn a_mark_that_stands_at_once_lets_all_leave_together() {
    let (line, mut far) = line();
    let gate = || async { Ok(()) };
    line.lock().begin(Transfer::new(Box::new(gate), 4, vec![]));
    let mut slow = line.clone();
    line.lock().text(b"text", true);
    slow.flush().await.unwrap();
    assert_eq!(arrived(&mut far).await, b"", "the text waits for its dot");
    line.lock().text_complete();
    slow.write_all(b"\r\n.\r\n").await.unwrap();
    slow.flush().await.unwrap();
    assert_eq!(arrived(&mut far).await, b"text\r\n.\r\n");
}

#[tokio::test]
async fn the_mark_is_written_while_the_last_piece_is_sent() {
    let (near, _far) = duplex(64);
    let deadlines = Arc::new(Deadlines::default());
    let wire = Wire::new(Box::new(near), deadlines, Transcript::new(), Stage::Mail);
    let line = Line::new(wire);
    let (asked, mut was_asked) = oneshot::channel();
    let mut asked = Some(asked);
    let gate = move || {
        asked.take().unwrap().send(()).unwrap();
        std::future::pending()
    };
    let transfer = Transfer::new(Box::new(gate), 1200, vec![]);
    line.lock().begin(transfer);
    tokio::select! {
        biased;
        _ = message(line.clone(), b"0123456789\r\n".repeat(100), true) => panic!("nobody reads"),
        () = std::future::ready(()) => {}
    }
    assert!(was_asked.try_recv().is_ok(), "the text is not through yet");
}

#[tokio::test]
async fn a_failed_mark_ends_the_connection() {
    let (line, mut far) = line();
    let gate = || async { Err("full".to_owned()) };
    line.lock().begin(Transfer::new(Box::new(gate), 1 << 20, vec![]));
    assert!(message(line.clone(), b"text\r\n".to_vec(), false).await.is_err());
    assert_eq!(arrived(&mut far).await, b"text\r\n");
    let fault = line.lock().fault().cloned().unwrap();
    assert_eq!(fault.cause, Cause::NotMarked("full".into()));
    let mut later = line.clone();
    assert!(later.write_all(b"QUIT\r\n").await.is_err(), "it is closed for good");
}

#[tokio::test(start_paused = true)]
async fn a_text_that_moves_earns_time_and_one_that_crawls_does_not() {
    for (bytes_a_second, arrives) in [(2000_usize, true), (100, false)] {
        let (near, mut far) = duplex(64);
        let wire = Wire::new(Box::new(near), Arc::new(Deadlines::default()), Transcript::new(), Stage::Body);
        let line = Line::new(wire);
        let gate = || async { Ok(()) };
        line.lock().begin(Transfer::new(Box::new(gate), 1 << 20, vec![]));
        let text = b"0123456789\r\n".repeat(100_000);
        let reading = async {
            let mut chunk = vec![0; bytes_a_second];
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                let Ok(1..) = far.read(&mut chunk[..64]).await else {
                    break;
                };
                let rest = chunk.len() - 64;
                if far.read_exact(&mut chunk[..rest]).await.is_err() {
                    break;
                }
            }
        };
        let begun = Instant::now();
        let sent = tokio::select! {
            sent = message(line.clone(), text, false) => sent,
            () = reading => panic!("the reader ended first"),
        };
        assert_eq!(sent.is_ok(), arrives, "{bytes_a_second}");
        if !arrives {
            assert_eq!(line.lock().fault().unwrap().cause, Cause::TimedOut);
            // 180 s, and the time that a fifth of the rate earns on top of it.
            assert!(begun.elapsed() < Duration::from_secs(300));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_drips_is_given_the_stages_time_and_no_more() {
    let (line, mut far) = line();
    let dripping = async {
        loop {
            far.write_all(b"2").await.unwrap();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    line.lock().enter(Stage::Mail);
    let begun = Instant::now();
    tokio::select! {
        read = std::future::poll_fn(|cx| line.lock().poll_reply(cx)) => assert!(read.is_err()),
        () = dripping => {}
    }
    assert_eq!(begun.elapsed().as_secs(), 300);
    assert_eq!(line.lock().fault().unwrap().cause, Cause::TimedOut);
}
