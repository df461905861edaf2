//! The catalogue of faults a mail queue meets, and the tests that prove each of them.
//!
//! A line names its tests, in `tests/it` (run by `cargo test`), `tests/real` (run by `tests/run`) or beside
//! the code; and says what stands in where a fault cannot be made here.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

struct Line {
    number: usize,
    fault: &'static str,
    tests: &'static [&'static str],
    stands_in: &'static str,
}

const fn line(number: usize, fault: &'static str, tests: &'static [&'static str]) -> Line {
    Line { number, fault, tests, stands_in: "" }
}

const CATALOGUE: [Line; 28] = [
    line(
        1,
        "RST/FIN at connect, banner, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, mid-body: pending, 0 loss, 0 dup",
        &[
            "a_line_that_breaks_anywhere_before_the_dot_sends_the_mail_once_in_the_end",
            "a_break_before_the_dot_is_provably_not_sent",
            "at_whatever_command_the_server_fails_nothing_is_lost_or_called_sent_that_was_not",
        ],
    ),
    line(
        2,
        "RST after dot sent, server did accept: uncertain, dup only by policy, at most one",
        &[
            "an_answer_lost_after_the_dot_is_uncertain_and_sent_again_only_when_asked",
            "a_break_after_the_dot_is_uncertain",
        ],
    ),
    line(
        3,
        "RST after dot sent, server did not accept: uncertain, then sent again, 0 loss",
        &["an_answer_lost_after_the_dot_keeps_bytes_and_message_id_when_a_person_sends_it_again"],
    ),
    Line {
        number: 4,
        fault: "dot reply delayed 9 min: waits 600 s, other accounts and connections proceed",
        tests: &[
            "another_account_sends_while_one_waits_for_its_answer",
            "the_answer_to_the_dot_has_ten_minutes",
            "a_slow_server_in_time_is_waited_for",
        ],
        stands_in: "Nobody waits nine minutes in a test: the deadline's figure is tested, and that a slow answer within a deadline counts.",
    },
    line(
        5,
        "4xx at each stage: put off, nothing lost",
        &[
            "refused_for_now_at_any_stage_the_mail_goes_once_later",
            "at_whatever_command_the_server_fails_nothing_is_lost_or_called_sent_that_was_not",
        ],
    ),
    line(
        6,
        "5xx at each stage: auth, sender and quota never fail a mail",
        &[
            "refused_for_good_at_any_stage_only_what_is_about_the_mail_fails_it",
            "a_sender_that_is_not_allowed_holds_the_account_and_not_the_mail",
            "a_sending_limit_holds_the_account_wherever_it_is_said",
            "data_refused_is_everyones_answer",
        ],
    ),
    line(
        7,
        "RCPT mix 250/550/450/452: accepted exactly once, others their own state",
        &[
            "each_recipient_has_an_answer_of_their_own",
            "too_many_go_in_the_next_transaction",
            "one_refused_address_costs_the_others_nothing_and_nobody_is_shown",
        ],
    ),
    line(
        8,
        "greylisting 450 then ok after 5 min: ok within 10 min",
        &[
            "a_greylisted_recipient_is_put_off_and_then_served",
            "a_recipient_put_off_has_a_later_time_and_goes_at_once_when_a_person_asks",
        ],
    ),
    line(
        9,
        "tarpit 1 byte/s replies, stalled window mid-body: a deadline for the whole stage",
        &["dripping_does_not_evade_a_deadline", "a_text_that_moves_earns_time_and_one_that_crawls_does_not"],
    ),
    line(10, "endless banner line: 8 KiB at most", &["endless_lines_and_replies_are_cut"]),
    line(
        11,
        "TLS: expired, wrong host, unknown CA, handshake stall: account held with the reason, no plaintext",
        &[
            "a_certificate_is_refused_with_its_reason",
            "a_handshake_that_never_ends",
            "a_server_that_speaks_no_tls_on_its_port",
            "a_certificate_nobody_vouches_for_holds_the_account",
        ],
    ),
    line(
        12,
        "STARTTLS stripped / injected reply: refused",
        &["encryption_that_is_not_offered_is_never_done_without", "replies_injected_before_tls_are_refused"],
    ),
    line(
        13,
        "535 wrong password, 534, 454: one try, held, resumes after credential change",
        &[
            "a_refused_password_is_tried_once_and_a_new_one_lets_the_mails_go",
            "a_wrong_password_is_tried_once_and_a_right_one_lets_the_mail_go",
            "signing_in_fails_with_the_servers_words",
        ],
    ),
    line(
        14,
        "421 mid-session, 432 concurrency, 450 rate, 550 quota: slower, no failure",
        &[
            "a_sending_limit_holds_the_account_wherever_it_is_said",
            "a_server_that_says_too_much_teaches_how_much",
            "the_pace_is_kept_over_restarts_and_costs_no_mail_anything",
        ],
    ),
    line(
        15,
        "kill -9 at every step: 0 loss, dup within uncertain",
        &[
            "kills_lose_nothing_and_double_only_what_is_called_uncertain",
            "whatever_was_known_is_known_after_any_kill",
        ],
    ),
    line(
        16,
        "power loss (un-synced writes dropped): what was acknowledged is present",
        &[
            "whatever_the_disk_kept_after_a_power_cut_no_mail_is_lost_or_doubled",
            "what_is_acknowledged_was_on_the_disk_before_the_answer",
            "after_a_power_cut_every_unanswered_mark_is_in_doubt",
            "an_answer_to_an_earlier_try_says_nothing_when_the_power_took_the_later_notes",
        ],
    ),
    line(
        17,
        "disk full at enqueue, at result write, in the WAL: refused visibly; the result is kept and written later",
        &[
            "a_full_disk_refuses_the_next_invoice_and_keeps_all_before_it",
            "a_disk_that_fills_while_the_server_answers_forgets_no_answer",
        ],
    ),
    line(
        18,
        "data file locked by another process, read-only: waits, no double send",
        &[
            "a_file_locked_while_the_server_answers_forgets_no_answer",
            "a_file_that_another_program_holds_is_busy",
            "a_disk_that_cannot_be_written_is_said",
        ],
    ),
    Line {
        number: 19,
        fault: "data file page corrupted: found, nothing sent from it, a copy takes its place",
        tests: &[
            "pages_overwritten_in_the_middle_are_found_and_nothing_is_sent_from_them",
            "a_file_whose_head_was_overwritten_is_refused_and_stays",
            "a_damaged_file_gives_way_to_a_copy_and_is_kept",
            "what_can_be_read_of_a_damaged_file_is_saved_and_held",
            "one_changed_bit_in_a_pdf_or_a_mail_is_found",
        ],
        stands_in: "",
    },
    line(
        20,
        "clock +3 d, -3 d: no burst, no stall beyond the longest back-off",
        &[
            "a_clock_that_jumps_three_days_either_way_stalls_nothing",
            "nobody_takes_a_mail_out_of_living_hands",
            "a_time_that_has_passed_is_no_wait",
            "quiet_hours_are_those_of_the_clock_on_the_wall_when_summer_time_begins_and_ends",
            "a_time_to_send_at_that_the_clocks_repeat_or_leave_out_is_the_first_or_the_next",
        ],
    ),
    Line {
        number: 21,
        fault: "10k backlog after 3 d offline: memory flat, in order, limits kept, nothing expired",
        tests: &[
            "two_hundred_mails_leave_in_one_flush_each_once_and_byte_for_byte",
            "mails_queued_without_a_network_arrive_once_each_in_their_order_when_it_is_back",
            "the_pace_is_kept_over_restarts_and_costs_no_mail_anything",
        ],
        stands_in: "Ten thousand mails, their time and peak memory are measured by `cargo bench --bench backlog`.",
    },
    line(
        22,
        "poison message first in queue: isolated, others flow",
        &["a_mail_whose_bytes_cannot_be_read_stops_nobody", "a_mail_that_is_always_refused_stops_nobody"],
    ),
    line(
        23,
        "cancel while sending, cancel while uncertain: honoured before it is claimed, then told it may have gone",
        &[
            "a_mail_can_be_taken_back_until_its_mark_stands",
            "a_wish_to_cancel_comes_too_late_once_the_dot_may_have_left",
            "held_and_cancelled_mails_stay",
            "a_person_who_knows_settles_an_uncertain_mail_without_sending",
        ],
    ),
    line(
        24,
        "non-UTF-8, bare `250`, 571, LF-only, lower-case EHLO, multi-line with differing codes: parsed",
        &[
            "what_servers_really_send",
            "odd_replies_keep_their_meaning",
            "ehlo_in_any_shape",
            "replies_of_any_shape_are_read_as_they_were_meant",
        ],
    ),
    line(
        25,
        "bare LF/CR, lone dot, long line, NUL, non-ASCII name: identical bytes at the receiver",
        &[
            "any_text_arrives_byte_for_byte",
            "a_lone_line_feed_cannot_smuggle_a_second_message",
            "lines_that_begin_with_a_dot_arrive_as_they_are",
            "two_hundred_mails_leave_in_one_flush_each_once_and_byte_for_byte",
        ],
    ),
    Line {
        number: 26,
        fault: "suspend, roaming, IPv6 black hole, DNS trouble, captive portal: recovers within 5 s of link-up",
        tests: &[
            "mails_go_within_seconds_of_the_networks_return",
            "an_address_nobody_answers_at_does_not_hide_the_next",
            "a_port_nobody_listens_on_is_offline_and_costs_nothing",
            "the_greeting_must_be_one",
        ],
        stands_in: "A machine that runs tests cannot sleep: a clock that jumps stands in for it. A captive portal is a server whose greeting is none.",
    },
    line(
        27,
        "two app instances: one sender",
        &[
            "four_programs_on_one_data_folder_send_each_mail_once",
            "two_deliverers_at_once_send_every_mail_once",
            "two_programs_on_one_folder_take_two_hundred_files_once_each",
        ],
    ),
    line(
        28,
        "server closes idle connection, or after n messages without a code: reopened silently",
        &[
            "a_server_that_hangs_up_without_a_word_after_three_mails_gets_the_rest_on_new_lines",
            "a_server_that_closes_between_mails_is_called_again",
            "a_connection_the_server_ended_meanwhile_loses_nothing",
        ],
    ),
];

/// The names of all test functions in `folder`.
fn tests_in(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests_in(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let mut marked = false;
            for line in text.lines().map(str::trim) {
                let function = line.trim_start_matches("async ").strip_prefix("fn ");
                match function.and_then(|f| f.split('(').next()) {
                    Some(name) if marked => {
                        found.insert(name.to_owned());
                        marked = false;
                    }
                    Some(_) => marked = false,
                    None => marked |= line.starts_with("#[test]") || line.starts_with("#[tokio::test"),
                }
            }
        }
    }
}

#[test]
fn every_fault_of_the_catalogue_has_its_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut there = BTreeSet::new();
    for folder in ["tests", "src"] {
        tests_in(&root.join(folder), &mut there);
    }
    for (n, line) in CATALOGUE.iter().enumerate() {
        assert_eq!(line.number, n + 1, "{}", line.fault);
        assert!(!line.tests.is_empty() || !line.stands_in.is_empty(), "{}: {}", line.number, line.fault);
        for test in line.tests {
            assert!(there.contains(*test), "{} ({}): there is no test {test}", line.number, line.fault);
        }
    }
}
