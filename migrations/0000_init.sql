CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`partner` text NOT NULL,
	`name` text,
	`digest` text NOT NULL,
	`previous_digest` text,
	`previous_until` integer,
	`scopes` text NOT NULL,
	`senders` text,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`last_used_at` integer,
	`revoked_at` integer
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `audit` (
	`at` integer NOT NULL,
	`id` text NOT NULL,
	`operator` text NOT NULL,
	`action` text NOT NULL,
	`sender` integer,
	`partner` text,
	`detail` text,
	PRIMARY KEY(`at`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `contacts` (
	`sender` integer NOT NULL,
	`customer` text NOT NULL,
	`full_name` text,
	`first_name` text,
	`named_at` integer,
	`phone` text,
	`bsuid` text,
	`username` text,
	`removed` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`sender`, `customer`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `conversations` (
	`sender` integer NOT NULL,
	`customer` text NOT NULL,
	`last_at` integer NOT NULL,
	`last_wamid` text NOT NULL,
	`live_at` integer,
	`last_human_reply_at` integer,
	PRIMARY KEY(`sender`, `customer`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `conversions` (
	`sender` integer NOT NULL,
	`id` text NOT NULL,
	`customer` text,
	`ctwa_clid` text NOT NULL,
	`name` text NOT NULL,
	`at` integer NOT NULL,
	`currency` text,
	`value` real,
	`custom_data` text,
	`detected_in` text,
	`test_event_code` text,
	`digest` text NOT NULL,
	`state` text NOT NULL,
	`error` text,
	`created_at` integer NOT NULL,
	`settled_at` integer,
	PRIMARY KEY(`sender`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `conversions_time` ON `conversions` (`sender`,`created_at`);--> statement-breakpoint
CREATE INDEX `conversions_intended` ON `conversions` (`created_at`) WHERE state = 'intended';--> statement-breakpoint
CREATE TABLE `customer_keys` (
	`sender` integer NOT NULL,
	`alias` text NOT NULL,
	`customer` text NOT NULL,
	PRIMARY KEY(`sender`, `alias`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `customer_keys_customer` ON `customer_keys` (`sender`,`customer`);--> statement-breakpoint
CREATE TABLE `customers` (
	`sender` integer NOT NULL,
	`customer` text NOT NULL,
	`phone` text,
	`bsuid` text,
	`name` text,
	`username` text,
	PRIMARY KEY(`sender`, `customer`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `datasets` (
	`partner` text NOT NULL,
	`waba_id` text NOT NULL,
	`dataset` text NOT NULL,
	`assigned_at` integer,
	PRIMARY KEY(`partner`, `waba_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `dead_letters` (
	`id` text PRIMARY KEY NOT NULL,
	`source` text NOT NULL,
	`sender` integer,
	`reason` text NOT NULL,
	`body` text NOT NULL,
	`attempts` integer DEFAULT 1 NOT NULL,
	`times` integer DEFAULT 1 NOT NULL,
	`first_at` integer,
	`at` integer NOT NULL,
	`message` text,
	`redriven_at` integer
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `endpoints` (
	`id` text PRIMARY KEY NOT NULL,
	`partner` text NOT NULL,
	`url` text NOT NULL,
	`description` text,
	`format` text NOT NULL,
	`begins` text NOT NULL,
	`types` text,
	`senders` text,
	`ordered` integer NOT NULL,
	`max_per_second` integer,
	`secret` text NOT NULL,
	`previous_secret` text,
	`previous_until` integer,
	`state` text NOT NULL,
	`state_reason` text,
	`state_at` integer NOT NULL,
	`failing_since` integer,
	`last_error` text,
	`created_at` integer NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`configured` integer DEFAULT 0 NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `endpoints_partner` ON `endpoints` (`partner`,`created_at`);--> statement-breakpoint
CREATE INDEX `endpoints_unsettled` ON `endpoints` (`id`) WHERE configured < version;--> statement-breakpoint
CREATE TABLE `erasures` (
	`id` text PRIMARY KEY NOT NULL,
	`partner` text NOT NULL,
	`sender` integer NOT NULL,
	`sender_id` text NOT NULL,
	`kind` text NOT NULL,
	`asked_by` text NOT NULL,
	`names` text,
	`digests` text,
	`until` integer NOT NULL,
	`state` text NOT NULL,
	`step` text NOT NULL,
	`place` text,
	`waits_for` text,
	`counts` text NOT NULL,
	`attempts` integer NOT NULL,
	`due_at` integer,
	`created_at` integer NOT NULL,
	`ended_at` integer
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `erasures_due` ON `erasures` (`due_at`) WHERE due_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `erasures_sender` ON `erasures` (`sender`,`created_at`);--> statement-breakpoint
CREATE TABLE `events` (
	`partner` text NOT NULL,
	`pos` integer NOT NULL,
	`sender` integer NOT NULL,
	`sender_id` text NOT NULL,
	`seq` integer NOT NULL,
	`id` text NOT NULL,
	`type` text NOT NULL,
	`at` integer NOT NULL,
	`data` text NOT NULL,
	`appended_at` integer NOT NULL,
	`request_id` text,
	PRIMARY KEY(`partner`, `pos`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `events_id` ON `events` (`id`);--> statement-breakpoint
CREATE INDEX `events_life` ON `events` (`sender`,`seq`) WHERE type IN ('signup.updated', 'sender.connected', 'sender.paused', 'sender.resumed', 'sender.disconnected', 'sender.blocked', 'sender.unblocked', 'sender.inactive_soon', 'sender.token_expiring', 'account.notice', 'contacts.imported', 'history.completed', 'history.incomplete', 'history.declined', 'history.stalled');--> statement-breakpoint
CREATE TABLE `heads` (
	`sender` integer PRIMARY KEY NOT NULL,
	`fence` integer NOT NULL,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `history_bodies` (
	`key` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`at` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `history_chunks` (
	`sender` integer NOT NULL,
	`chunk` text NOT NULL,
	`generation` integer NOT NULL,
	`kind` text NOT NULL,
	`phase` integer,
	`chunk_order` integer,
	`progress` integer,
	`messages` integer NOT NULL,
	`pages` integer NOT NULL,
	`pages_stored` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`sender`, `chunk`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `loose_changes` (
	`sender` integer NOT NULL,
	`wamid` text NOT NULL,
	`customer` text NOT NULL,
	`at` integer NOT NULL,
	`patterns` text NOT NULL,
	`noted_at` integer NOT NULL,
	PRIMARY KEY(`sender`, `wamid`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `marks` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `media` (
	`sender` integer NOT NULL,
	`wamid` text NOT NULL,
	`customer` text NOT NULL,
	`type` text NOT NULL,
	`state` text NOT NULL,
	`media_id` text NOT NULL,
	`declared_type` text,
	`sha256` text,
	`filename` text,
	`mime_type` text,
	`bytes` integer,
	`attempts` integer NOT NULL,
	`refusals` integer NOT NULL,
	`reason` text,
	`wanted_at` integer NOT NULL,
	`due_at` integer,
	`stored_at` integer,
	PRIMARY KEY(`sender`, `wamid`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `media_due` ON `media` (`due_at`) WHERE due_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `media_unavailable` ON `media` (`sender`) WHERE state = 'unavailable';--> statement-breakpoint
CREATE INDEX `media_stored` ON `media` (`sender`,`stored_at`) WHERE state = 'stored';--> statement-breakpoint
CREATE TABLE `messages` (
	`sender` integer NOT NULL,
	`wamid` text NOT NULL,
	`customer` text NOT NULL,
	`at` integer NOT NULL,
	`type` text,
	`direction` text,
	`origin` text,
	`historical` integer,
	`body` text,
	`status` text,
	`status_rank` integer,
	`status_at` integer,
	`errors` text,
	`steps` text,
	`pricing` text,
	`edited_at` integer,
	`revoked_at` integer,
	`send` text,
	`callback` text,
	PRIMARY KEY(`sender`, `wamid`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `messages_conversation` ON `messages` (`sender`,`customer`,`at`);--> statement-breakpoint
CREATE INDEX `messages_send` ON `messages` (`sender`,`send`) WHERE send IS NOT NULL;--> statement-breakpoint
CREATE INDEX `messages_ad_click` ON `messages` (`sender`,`customer`,`at`) WHERE body->>'$.referral.ctwa_clid' IS NOT NULL;--> statement-breakpoint
CREATE TABLE `moves` (
	`id` text PRIMARY KEY NOT NULL,
	`sender` integer NOT NULL,
	`from_shard` text NOT NULL,
	`to_shard` text NOT NULL,
	`operator` text NOT NULL,
	`state` text NOT NULL,
	`step` text NOT NULL,
	`place` text,
	`fence` integer,
	`counts` text NOT NULL,
	`attempts` integer NOT NULL,
	`due_at` integer,
	`created_at` integer NOT NULL,
	`ended_at` integer
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `moves_due` ON `moves` (`due_at`) WHERE due_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `notices` (
	`sender` integer NOT NULL,
	`at` integer NOT NULL,
	`id` text NOT NULL,
	`field` text NOT NULL,
	`data` text NOT NULL,
	PRIMARY KEY(`sender`, `at`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `outgoing_media` (
	`sender` integer NOT NULL,
	`media` text NOT NULL,
	`type` text NOT NULL,
	`bytes` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`media`, `sender`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `partners` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`logo_url` text,
	`created_at` integer NOT NULL,
	`media_retention_days` integer,
	`message_retention_days` integer
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `positions` (
	`partner` text PRIMARY KEY NOT NULL,
	`pos` integer NOT NULL,
	`at` integer NOT NULL,
	`pruned` integer DEFAULT 0 NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `preferences` (
	`sender` integer NOT NULL,
	`customer` text NOT NULL,
	`category` text NOT NULL,
	`value` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`sender`, `customer`, `category`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `refusals` (
	`day` text NOT NULL,
	`door` text NOT NULL,
	`count` integer NOT NULL,
	`last_at` integer NOT NULL,
	PRIMARY KEY(`day`, `door`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `senders` (
	`key` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`partner` text NOT NULL,
	`phone_number_id` text NOT NULL,
	`waba_id` text NOT NULL,
	`display_phone_number` text NOT NULL,
	`verified_name` text,
	`timezone` text NOT NULL,
	`shard` text NOT NULL,
	`state` text NOT NULL,
	`state_reason` text,
	`state_at` integer NOT NULL,
	`generation` integer NOT NULL,
	`brought_by` text NOT NULL,
	`mps` integer DEFAULT 20 NOT NULL,
	`blocked` text,
	`blocked_at` integer,
	`allocation_config_id` text,
	`held` text,
	`created_at` integer NOT NULL,
	`superseded_at` integer,
	`erased_at` integer,
	`move` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `senders_number` ON `senders` (`phone_number_id`,`partner`);--> statement-breakpoint
CREATE INDEX `senders_waba` ON `senders` (`waba_id`);--> statement-breakpoint
CREATE INDEX `senders_partner` ON `senders` (`partner`);--> statement-breakpoint
CREATE TABLE `sign_in_attempts` (
	`address` text PRIMARY KEY NOT NULL,
	`failures` integer NOT NULL,
	`at` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `signup_sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`partner` text NOT NULL,
	`state` text NOT NULL,
	`kind` text DEFAULT 'connect' NOT NULL,
	`external_id` text,
	`return_url` text,
	`locale` text,
	`phone_number` text,
	`waba_id` text,
	`phone_number_id` text,
	`token` text,
	`candidates` text,
	`account` text,
	`error` text,
	`proof` text,
	`credit` text,
	`onboarded_at` integer,
	`code_hash` text,
	`code_at` integer,
	`trail` text,
	`sync` text,
	`timezone` text,
	`unattended_at` integer,
	`resumed_at` integer,
	`due_at` integer,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `signup_sessions_due` ON `signup_sessions` (`due_at`) WHERE due_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `signup_sessions_partner` ON `signup_sessions` (`partner`,`created_at`);--> statement-breakpoint
CREATE TABLE `syncs` (
	`sender` integer NOT NULL,
	`generation` integer NOT NULL,
	`kind` text NOT NULL,
	`state` text NOT NULL,
	`requested_at` integer,
	`request_id` text,
	`error` text,
	`first_at` integer,
	`last_at` integer,
	`ended_at` integer,
	PRIMARY KEY(`sender`, `generation`, `kind`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `unrouted` (
	`id` text PRIMARY KEY NOT NULL,
	`sender` integer,
	`field` text NOT NULL,
	`reason` text NOT NULL,
	`route` text,
	`raw` text NOT NULL,
	`at` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `usage` (
	`sender` integer NOT NULL,
	`day` text NOT NULL,
	`category` text NOT NULL,
	`type` text NOT NULL,
	`delivered` integer NOT NULL,
	PRIMARY KEY(`sender`, `day`, `category`, `type`)
) WITHOUT ROWID;
