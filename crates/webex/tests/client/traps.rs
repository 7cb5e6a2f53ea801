//! Where Webex surprises: what has no better place. The rest stands with its noun:
//!
//! | trap | test |
//! |---|---|
//! | three kinds of meeting id | `transcripts::three_kinds_of_meeting_id_…`, `meeting_setup::registrants_hang_on_a_series_…` |
//! | headers of an operation's own | `parameters::every_parameter_of_the_document_…`, `paging::a_list_with_headers_or_a_body_…` |
//! | PATCH is a merge object | `meetings::a_patch_is_a_merge_object_in_plain_json_where_null_clears` |
//! | DELETE with a JSON body | `recordings::a_delete_has_a_body_only_where_there_is_a_reason`, `transcripts::transcripts_on_the_wire` |
//! | join redirects | `meetings::join_asks_for_links_and_follows_no_redirect` |
//! | default windows | `series.rs`: `default_windows_are_seven_days_ahead_and_for_instances_back` |
//! | links that end after 3 hours | `recordings::links_that_end_after_three_hours_say_so_and_are_not_printed` |
//! | enums that grow | `organisation::words_that_webex_adds_later_are_kept` |
//! | strings that are booleans | `answers::people_read_in_both_spellings` |
//! | numbers that are integers | `lenient.rs`: `whole_numbers_read_in_every_form_and_lose_no_digit` |
//! | `kms_failure` inside a 200 | `answers::an_undelivered_title_is_not_shown` |
//! | an empty page with a next link | `paging::an_empty_page_with_a_next_link_is_followed` |
//! | `max=null` in a next link | `paging::the_next_page_is_where_webex_says` |
//! | 428 with two meanings | `oauth::pending_on_a_device_is_428_or_a_word`, `transfers::unscannable_and_infected_files_are_told_apart` |
//! | Retry-After of an hour | `repeats::a_wait_beyond_the_deadline_is_reported_at_once` |
//! | two shapes of OAuth's errors | `oauth::errors_are_read_in_webexs_shape_and_in_that_of_rfc_6749` |

use std::time::Duration;

use webex::WebexError;
use webex::meetings::GetMeeting;
use webex::messages::{CreateMessage, Destination, ListDirectMessages, ListMessages};
use webex::rooms::RoomType;

use crate::upstream::{Answer, Upstream, json, status};
use crate::wire::{refuses, some};

#[tokio::test]
async fn what_lags_its_webhook_is_not_found_at_once_and_later_is() {
    let upstream = Upstream::new([status(404), json(r#"{"id":"m_I_1"}"#)]);
    let client = upstream.client();
    let ask = || async { client.meetings().get("m_I_1", &GetMeeting::default()).await };
    let early = ask().await.unwrap_err();
    assert_eq!((early.status(), early.maybe_applied()), (Some(404), false));
    // Webex takes minutes: to wait is for who got the webhook, not for a call.
    assert_eq!(upstream.count(), 1);
    assert_eq!(ask().await.unwrap().id, "m_I_1");
}

#[tokio::test]
async fn three_schemas_of_a_message_are_one_struct() {
    let created = r#"{"id":"1","roomId":"r","roomType":"direct","toPersonId":"p","toPersonEmail":"a@b.c",
        "text":"hi","personId":"me","created":"2026-01-05T09:00:00.000Z"}"#;
    let listed = r#"{"items":[{"id":"2","roomId":"r","roomType":"group","parentId":"1","text":"hi",
        "mentionedPeople":["p"],"mentionedGroups":["all"],"isVoiceClip":false,
        "attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":{}}],
        "updated":"2026-01-05T09:01:00.000Z"}]}"#;
    let edited = r#"{"id":"3","roomId":"r","text":"new","markdown":"**new**","html":"<b>new</b>",
        "files":["https://webexapis.com/v1/contents/c"],"updated":"2026-01-05T09:02:00Z"}"#;
    let upstream = Upstream::new([json(created), json(listed), json(edited)]);
    let client = upstream.client();
    let mut message = CreateMessage::to(Destination::Person("p".to_owned()));
    message.text = some("hi");
    let created = client.messages().create(&message).await.unwrap();
    assert_eq!(created.to_person_email.as_deref(), Some("a@b.c"));
    assert_eq!(created.room_type, Some(RoomType::Direct));
    let listed = client.messages().list(&ListMessages::in_room("r")).await;
    let listed = listed.unwrap().items.remove(0);
    assert_eq!(listed.mentioned_groups, Some(vec!["all".to_owned()]));
    assert_eq!(listed.attachments.unwrap().len(), 1);
    let edited = client.messages().get("3").await.unwrap();
    assert_eq!(edited.html.as_deref(), Some("<b>new</b>"));
    assert!(edited.updated > listed.updated && created.updated.is_none());
}

#[tokio::test(start_paused = true)]
async fn html_in_place_of_an_error_is_read_as_far_as_it_goes() {
    let page = "<html><h1>429 Too Many Requests</h1></html>";
    let headers = vec![
        ("content-type", "text/html".to_owned()),
        ("retry-after", "3600".to_owned()),
        ("TrackingID", "ROUTER_1-2".to_owned()),
    ];
    let upstream = Upstream::new([Answer::Http(429, headers, page.to_owned())]);
    let error = upstream.client().people().me().await.unwrap_err();
    assert!(matches!(error, WebexError::Throttled { .. }), "{error:?}");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert_eq!(error.tracking_id(), Some("ROUTER_1-2"));
    assert!(!error.to_string().contains('<'));
}

#[tokio::test]
async fn a_message_has_one_destination_and_a_direct_list_one_person() {
    // The type has room for one; whoever asks for a direct list by two names is refused.
    let upstream = Upstream::new([json(r#"{"items":[]}"#)]);
    let client = upstream.client();
    let both = ListDirectMessages {
        person_id: some("p"),
        person_email: some("a@b.c"),
        ..Default::default()
    };
    refuses!(client.messages().list_direct(&both) => "personId");
    let mut message = CreateMessage::to(Destination::Email("a@b.c".to_owned()));
    message.text = some("hi");
    let written = serde_json::to_value(&message).unwrap();
    let names = ["roomId", "toPersonId", "toPersonEmail"];
    let count = names.iter().filter(|name| written.get(**name).is_some());
    assert_eq!(count.count(), 1);
    assert_eq!(upstream.count(), 0);
}
