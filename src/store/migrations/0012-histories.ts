/**
 * Indexes that keep every question of the pages, the looks for faults and the clean-up bounded for
 * thousands of stations. `delivered_wh`: what the whole meter of a session says, as registers alone may
 * count kWh under the name of Wh, begin anew, or say nothing.
 */
export const histories = `
alter table sessions add column delivered_wh double precision;
create index sessions_plugged on sessions (site_id, plugged_in_at);

drop index ocpp_log_station;
create index ocpp_log_at on ocpp_log (at);

drop index station_connections_opened;
create index station_connections_site on station_connections (site_id, opened_at);
create index station_connections_closed on station_connections (closed_at);

create index evse_status_history_site on evse_status_history (site_id, received_at)
  include (station_id, at);
create index evse_status_history_station on evse_status_history (station_id, received_at, id);
create index evse_status_history_errors on evse_status_history (site_id, received_at)
  where status = 'faulted' or error_code is not null;
create index evse_status_history_whole
  on evse_status_history (site_id, station_id, received_at desc, id desc) where evse_number = 0;

create index station_records_site on station_records (site_id, id);
create index fault_events_fault on fault_events (fault_id);
create index faults_solved on faults (solved_at) where state = 'solved';
create index alert_delivery_items_event on alert_delivery_items (fault_event_id);
create index alert_deliveries_channel on alert_deliveries (channel_id, created_at desc, id desc);
create index alert_deliveries_ended on alert_deliveries (ended_at);
create index outbox_answered on outbox (answered_at);
`;
