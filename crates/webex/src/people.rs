//! People, and the owner of the token; administrators can also create, change and delete accounts.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::client::Client;
use crate::error::{FieldErrors, WebexError};
use crate::limits::MAX_PEOPLE_IDS_COUNT;
use crate::open_enum::open_enum;
use crate::operation::{Operation, Repeat};
use crate::page::Page;

mod account;

pub use account::{AccountView, CreatePerson, UpdatePerson};

/// `GET /people`
pub static LIST: Operation = Operation {
    name: "people.list",
    method: Method::GET,
    path: "/people",
    repeat: Repeat::Read,
    scopes: &["spark:people_read"],
};

/// `POST /people`
pub static CREATE: Operation = Operation {
    name: "people.create",
    method: Method::POST,
    path: "/people",
    repeat: Repeat::Write,
    scopes: &["spark-admin:people_write", "spark-admin:people_read"],
};

/// `GET /people/{personId}`
pub static GET: Operation = Operation {
    name: "people.get",
    method: Method::GET,
    path: "/people/{personId}",
    repeat: Repeat::Read,
    scopes: &["spark:people_read"],
};

/// `PUT /people/{personId}`
pub static UPDATE: Operation = Operation {
    name: "people.update",
    method: Method::PUT,
    path: "/people/{personId}",
    repeat: Repeat::Write,
    scopes: &["spark-admin:people_write", "spark-admin:people_read"],
};

/// `DELETE /people/{personId}`
pub static DELETE: Operation = Operation {
    name: "people.delete",
    method: Method::DELETE,
    path: "/people/{personId}",
    repeat: Repeat::Write,
    scopes: &["spark-admin:people_write", "spark-admin:people_read"],
};

/// `GET /people/me`
pub static ME: Operation = Operation {
    name: "people.me",
    method: Method::GET,
    path: "/people/me",
    repeat: Repeat::Read,
    scopes: &["spark:people_read"],
};

open_enum! {
    /// The kind of account.
    PersonType {
        /// A human being.
        Person = "person",
        /// A bot.
        Bot = "bot",
        /// A guest of an application.
        AppUser = "appuser",
    }
}

open_enum! {
    /// Presence; visible within one's own organization, if the person shares it.
    PersonStatus {
        /// Active within the last ten minutes.
        Active = "active",
        /// In a call.
        Call = "call",
        /// Does not want to be disturbed.
        DoNotDisturb = "DoNotDisturb",
        /// Not active for more than ten minutes.
        Inactive = "inactive",
        /// In a meeting.
        Meeting = "meeting",
        /// Out of office.
        OutOfOffice = "OutOfOffice",
        /// Has never signed in.
        Pending = "pending",
        /// Sharing the screen.
        Presenting = "presenting",
        /// Not known.
        Unknown = "unknown",
    }
}

/// A person, a bot or a guest.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// The person's id.
    pub id: String,
    /// The addresses, the main one first.
    pub emails: Option<Vec<String>>,
    /// Telephone numbers.
    pub phone_numbers: Option<Vec<PhoneNumber>>,
    /// The extension in Webex Calling.
    pub extension: Option<String>,
    /// The location in Webex Calling.
    pub location_id: Option<String>,
    /// The full name, as displayed.
    pub display_name: Option<String>,
    /// The short name.
    pub nick_name: Option<String>,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// The picture's URL.
    pub avatar: Option<String>,
    /// The organization.
    pub org_id: Option<String>,
    /// Roles, for administrators.
    pub roles: Option<Vec<String>>,
    /// Licenses, for administrators.
    pub licenses: Option<Vec<String>>,
    /// The department.
    pub department: Option<String>,
    /// The manager's name.
    pub manager: Option<String>,
    /// The manager's id.
    pub manager_id: Option<String>,
    /// The job title.
    pub title: Option<String>,
    /// Postal addresses.
    pub addresses: Option<Vec<Address>>,
    /// The time of the account's creation.
    #[serde(default, with = "crate::timestamp::option")]
    pub created: Option<Timestamp>,
    /// The time of the account's last change.
    #[serde(default, with = "crate::timestamp::option")]
    pub last_modified: Option<Timestamp>,
    /// The time zone, an IANA name.
    #[serde(alias = "timeZone")]
    pub timezone: Option<String>,
    /// The time of the person's last activity.
    #[serde(default, with = "crate::timestamp::option")]
    pub last_activity: Option<Timestamp>,
    /// Meeting sites.
    pub site_urls: Option<Vec<String>>,
    /// SIP addresses.
    pub sip_addresses: Option<Vec<SipAddress>>,
    /// The XMPP address.
    pub xmpp_federation_jid: Option<String>,
    /// Presence.
    pub status: Option<PersonStatus>,
    /// The invitation has not been accepted yet; for administrators.
    #[serde(default, deserialize_with = "crate::lenient::truth")]
    pub invite_pending: Option<bool>,
    /// The account may sign in; for administrators.
    #[serde(default, deserialize_with = "crate::lenient::truth")]
    pub login_enabled: Option<bool>,
    /// The kind of account.
    #[serde(rename = "type")]
    pub person_type: Option<PersonType>,
    /// The user name, if it differs from the address.
    pub user_name: Option<String>,
    /// Fields that Webex could not deliver.
    pub errors: Option<FieldErrors>,
}

/// A telephone number.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PhoneNumber {
    /// `work`, `work_extension`, `mobile` or `fax`.
    #[serde(rename = "type")]
    pub number_type: Option<String>,
    /// The number.
    pub value: Option<String>,
    /// The main one.
    pub primary: Option<bool>,
}

/// A SIP address.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SipAddress {
    /// `personal-room`, `enterprise` or `cloud-calling`.
    #[serde(rename = "type")]
    pub address_type: Option<String>,
    /// The address.
    pub value: Option<String>,
    /// The main one.
    pub primary: Option<bool>,
}

/// A postal address.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// Such as `work`.
    #[serde(rename = "type")]
    pub address_type: Option<String>,
    /// The country.
    pub country: Option<String>,
    /// The town.
    pub locality: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The postal code.
    pub postal_code: Option<String>,
    /// The street and number.
    pub street_address: Option<String>,
}

const WITH_CALLING: [(&str, bool); 1] = [("callingData", true)];

/// Selects people. Callers that are not administrators must give `email`, `display_name` or `id`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListPeople {
    /// Only the person with this address.
    pub email: Option<String>,
    /// Only people whose name begins with this text.
    pub display_name: Option<String>,
    /// Up to 85 ids, separated by commas; the answer then has no presence.
    pub id: Option<String>,
    /// Only people of this organization; for administrators of another one.
    pub org_id: Option<String>,
    /// Only people with these roles, separated by commas.
    pub roles: Option<String>,
    /// Include Webex Calling details.
    pub calling_data: Option<bool>,
    /// Only people of this location.
    pub location_id: Option<String>,
    /// Entries per page (Webex's default: 100).
    pub max: Option<u32>,
    /// Leave out presence, which is rate limited.
    pub exclude_status: Option<bool>,
}

/// The calls of this noun. A failed call returns a [`WebexError`]; after `Invalid` and `Foreign`,
/// nothing was sent.
#[derive(Clone, Copy, Debug)]
pub struct People<'a>(pub(crate) &'a Client);

impl People<'_> {
    /// Lists people. Scope: `spark:people_read`.
    pub async fn list(&self, query: &ListPeople) -> Result<Page<Person>, WebexError> {
        let ids = query.id.as_deref().unwrap_or_default();
        if ids.split(',').count() > MAX_PEOPLE_IDS_COUNT {
            return Err(WebexError::invalid(
                "id",
                "at most 85 ids fit into one request",
            ));
        }
        self.0.page(LIST.call().query(query)?).await
    }

    /// Creates an account; for administrators.
    ///
    /// Several services take part, so Webex may refuse although the account was created, for
    /// example because of a telephone number: look the address up before trying again. Scope:
    /// `spark-admin:people_write` and `spark-admin:people_read`.
    ///
    /// # Errors
    /// [`WebexError::Invalid`] without exactly one address or without any name.
    pub async fn create(
        &self,
        person: &CreatePerson,
        view: &AccountView,
    ) -> Result<Person, WebexError> {
        person.check()?;
        let call = CREATE.call().query(view)?.json(person)?;
        self.0.reply(call).await
    }

    /// Reads one person. Scope: `spark:people_read`.
    pub async fn get(&self, person_id: &str) -> Result<Person, WebexError> {
        self.0.reply(GET.call().id(person_id)?).await
    }

    /// Reads one person with Webex Calling details, which takes Webex longer.
    /// Scope: `spark:people_read`.
    pub async fn get_with_calling(&self, person_id: &str) -> Result<Person, WebexError> {
        let call = GET.call().id(person_id)?.query(&WITH_CALLING)?;
        self.0.reply(call).await
    }

    /// Replaces the details of an account; for administrators. Absent fields are removed, so start
    /// with [`UpdatePerson::of`] the current person.
    ///
    /// Webex may refuse although a part was changed: read the person before trying again. Scope:
    /// `spark-admin:people_write` and `spark-admin:people_read`.
    ///
    /// # Errors
    /// [`WebexError::Invalid`] without a display name.
    pub async fn update(
        &self,
        person_id: &str,
        person: &UpdatePerson,
        view: &AccountView,
    ) -> Result<Person, WebexError> {
        person.check()?;
        let call = UPDATE.call().id(person_id)?.query(view)?.json(person)?;
        self.0.reply(call).await
    }

    /// Removes an account, which cannot be undone; for administrators.
    /// Scope: `spark-admin:people_write` and `spark-admin:people_read`.
    pub async fn delete(&self, person_id: &str) -> Result<(), WebexError> {
        self.0.done(DELETE.call().id(person_id)?).await
    }

    /// Reads the owner of the token. Scope: `spark:people_read`.
    pub async fn me(&self) -> Result<Person, WebexError> {
        self.0.reply(ME.call()).await
    }

    /// Reads the owner of the token with Webex Calling details, which takes Webex longer.
    /// Scope: `spark:people_read`.
    pub async fn me_with_calling(&self) -> Result<Person, WebexError> {
        self.0.reply(ME.call().query(&WITH_CALLING)?).await
    }
}
