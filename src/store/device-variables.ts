import { sql } from 'kysely';
import { type DeviceVariable, variablePath } from '../ocpp/device-variable.js';
import { isSecretSetting } from '../ocpp/mask-secrets.js';
import { fromCursor, toCursor } from './cursor.js';
import type { StoreDeps } from './deps.js';
import { storableText, toJson } from './json.js';
import type { DeviceVariables, StoredVariable } from './device-ports.js';
import { orAbsent, present } from './present.js';
import type { Database } from './schema.js';

/** More than any real station has; one that invents names must not fill the disk. */
const VARIABLES_MAX = 10_000;
const VALUE_LENGTH_MAX = 2500;
const NAME_LENGTH_MAX = 100;

/**
 * What stations say of themselves. A value that may only be written, or that is a secret by its name,
 * is never stored; what a message does not tell of a variable stays as it was known.
 */
export function deviceVariablesDoor({ db, clock }: StoreDeps): DeviceVariables {
  return {
    keep: async (stationId, variables) => {
      if (variables.length === 0) return;
      const rows = new Map(variables.map((it) => [variablePath(it), rowOf(it)]));
      const columns = toJson([...rows].map(([path, row]) => ({ path, ...row })));
      await sql`
        insert into device_variables
        select owner.station_id, row.path, owner.tenant_id, owner.site_id, row.component,
          row.component_instance, row.evse_number, row.connector_id, row.variable,
          row.variable_instance, row.attribute, row.value, row.mutability, row.persistent,
          row.constant, row.data_type, row.unit, row.limit_min, row.limit_max, row.allowed_values,
          ${new Date(clock.nowMs())}
        from jsonb_populate_recordset(null::device_variables, ${columns}::jsonb) row
        join station_credentials owner on owner.station_id = ${stationId}
        where (select count(*) from device_variables where station_id = ${stationId})
          < ${VARIABLES_MAX}
        on conflict (station_id, path) do update set
          value = excluded.value,
          mutability = coalesce(excluded.mutability, device_variables.mutability),
          persistent = coalesce(excluded.persistent, device_variables.persistent),
          constant = coalesce(excluded.constant, device_variables.constant),
          data_type = coalesce(excluded.data_type, device_variables.data_type),
          unit = coalesce(excluded.unit, device_variables.unit),
          limit_min = coalesce(excluded.limit_min, device_variables.limit_min),
          limit_max = coalesce(excluded.limit_max, device_variables.limit_max),
          allowed_values = coalesce(excluded.allowed_values, device_variables.allowed_values),
          updated_at = excluded.updated_at`.execute(db);
    },
    list: async ({ tenantId, stationId, component, variable, limit, after }) => {
      let query = db
        .selectFrom('device_variables')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('station_id', '=', stationId);
      if (component !== undefined) {
        query = query.where(sql`lower(component)`, '=', component.toLowerCase());
      }
      if (variable !== undefined) {
        query = query.where(sql`lower(variable)`, '=', variable.toLowerCase());
      }
      if (after !== undefined) query = query.where('path', '>', fromCursor(after, 'string').id);
      const rows = await query
        .orderBy('path')
        .limit(limit + 1)
        .execute();
      const shown = rows.slice(0, limit);
      const items = shown.map(variableOf);
      const last = shown.at(-1);
      if (rows.length <= limit || last === undefined) return { items };
      return { items, next: toCursor({ atMs: 0, id: last.path }) };
    },
  };
}

function rowOf(variable: DeviceVariable): object {
  const isHidden = variable.mutability === 'WriteOnly' || isSecretSetting(variable.variable);
  const { value } = variable;
  return {
    component: short(variable.component),
    component_instance: variable.componentInstance,
    evse_number: variable.evseNumber,
    connector_id: variable.connectorNumber,
    variable: short(variable.variable),
    variable_instance: variable.variableInstance,
    attribute: variable.attribute,
    value: isHidden || value === undefined ? null : storableText(value.slice(0, VALUE_LENGTH_MAX)),
    mutability: variable.mutability,
    persistent: variable.persistent,
    constant: variable.constant,
    data_type: variable.dataType,
    unit: variable.unit,
    limit_min: variable.limitMin,
    limit_max: variable.limitMax,
    allowed_values: variable.allowedValues,
  };
}

function short(name: string): string {
  return storableText(name.slice(0, NAME_LENGTH_MAX));
}

function variableOf(row: Database['device_variables']): StoredVariable {
  return {
    component: row.component,
    variable: row.variable,
    attribute: row.attribute,
    updatedAtMs: row.updated_at.getTime(),
    ...present({
      componentInstance: orAbsent(row.component_instance),
      evseNumber: orAbsent(row.evse_number),
      connectorNumber: orAbsent(row.connector_id),
      variableInstance: orAbsent(row.variable_instance),
      value: orAbsent(row.value),
      mutability: orAbsent(row.mutability),
      persistent: orAbsent(row.persistent),
      constant: orAbsent(row.constant),
      dataType: orAbsent(row.data_type),
      unit: orAbsent(row.unit),
      limitMin: orAbsent(row.limit_min),
      limitMax: orAbsent(row.limit_max),
      allowedValues: orAbsent(row.allowed_values),
    }),
  };
}
