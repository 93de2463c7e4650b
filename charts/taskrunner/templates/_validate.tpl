{{/* Fails with every mistake in the values at once. */}}
{{- define "taskrunner.validate" -}}
{{- $lines := list
  (include "taskrunner.validate.broker" .)
  (include "taskrunner.validate.database" .)
  (include "taskrunner.validate.pools" .)
  (include "taskrunner.validate.routes" .)
  (include "taskrunner.validate.beat" .)
  (include "taskrunner.validate.removed" .)
  (include "taskrunner.validate.upgrade" .) | join "\n" | splitList "\n" }}
{{- $mistakes := list }}
{{- range $lines }}
{{- if trim . }}
{{- $mistakes = append $mistakes (printf "- %s" (trim .)) }}
{{- end }}
{{- end }}
{{- if $mistakes }}
{{- printf "the values cannot be used:\n%s" (join "\n" $mistakes) | fail }}
{{- end }}
{{- end }}

{{- define "taskrunner.validate.broker" -}}
{{- $broker := .Values.broker }}
{{- include "taskrunner.validate.store" (dict "key" "broker" "store" $broker "bundle" "redis" "bundled" .Values.redis) }}
{{- if and $broker.tls.enabled .Values.redis.enabled }}
broker.tls.enabled is true, but the bundled Redis speaks no TLS: set it to false, or redis.enabled to false and name a broker.
{{- end }}
{{- if and $broker.tls.enabled (hasPrefix "redis://" $broker.url) }}
broker.tls.enabled is true, but broker.url starts with redis://: write rediss:// there.
{{- end }}
{{- if and (or $broker.sentinel.username $broker.sentinel.password) (not $broker.sentinel.addresses) }}
broker.sentinel has a username or password, but no addresses: list the sentinels, or remove them.
{{- end }}
{{- if and $broker.tls.caSecret.name (or $broker.host $broker.sentinel.addresses) (not $broker.tls.enabled) }}
broker.tls.caSecret.name is set, but broker.tls.enabled is false: set it to true, or remove the authority.
{{- end }}
{{- end }}

{{- define "taskrunner.validate.database" -}}
{{- include "taskrunner.validate.store" (dict "key" "database" "store" .Values.database "bundle" "postgresql" "bundled" .Values.postgresql) }}
{{- $database := .Values.database }}
{{- if and $database.tls.caSecret.name (not $database.url) (has $database.sslmode (list "disable" "prefer")) }}
database.tls.caSecret.name is set, but database.sslmode {{ $database.sslmode }} verifies no certificate: set it to require, verify-ca or verify-full.
{{- end }}
{{- if and .Values.postgresql.enabled (not (has $database.sslmode (list "disable" "prefer"))) }}
database.sslmode is {{ .Values.database.sslmode }}, but the bundled PostgreSQL speaks no TLS: set it to prefer, or postgresql.enabled to false and name a database.
{{- end }}
{{- end }}

{{/* What holds for broker and database alike: one source of the address, one source of the password. */}}
{{- define "taskrunner.validate.store" -}}
{{- $sources := list }}
{{- range $key := list "url" "host" }}
{{- if get $.store $key }}
{{- $sources = append $sources (printf "%s.%s" $.key $key) }}
{{- end }}
{{- end }}
{{- if dig "sentinel" "addresses" list .store }}
{{- $sources = append $sources "broker.sentinel.addresses" }}
{{- end }}
{{- if and .store.existingSecret.name .store.existingSecret.urlKey }}
{{- $sources = append $sources (printf "%s.existingSecret.urlKey" .key) }}
{{- end }}
{{- if and .store.existingSecret.urlKey (not .store.existingSecret.name) }}
{{ .key }}.existingSecret.urlKey is set, but {{ .key }}.existingSecret.name is empty: name the Secret.
{{- end }}
{{- if .bundled.enabled }}
{{- if $sources }}
{{ .bundle }}.enabled is true and {{ join ", " $sources }} is set: set {{ .bundle }}.enabled to false to use that {{ .key }}, or remove {{ join ", " $sources }}.
{{- else if .store.existingSecret.name }}
{{ .key }}.existingSecret.name is set, but the bundled store reads no Secret of yours: set {{ .bundle }}.password, or {{ .bundle }}.enabled to false and name a {{ .key }}.
{{- end }}
{{- if and .bundled.password .store.password (ne .bundled.password .store.password) }}
{{ .bundle }}.password and {{ .key }}.password differ: set one of them.
{{- end }}
{{- else if not $sources }}
There is no {{ .key }}: set {{ .bundle }}.enabled to true, or name one with {{ .key }}.url, {{ .key }}.host or {{ .key }}.existingSecret.urlKey.
{{- else if gt (len $sources) 1 }}
{{ join " and " $sources }} are set: keep one of them.
{{- end }}
{{- if and .store.existingSecret.name .store.password }}
{{ .key }}.password and {{ .key }}.existingSecret.name are set: keep one of them.
{{- end }}
{{- if and .store.existingSecret.name (include "taskrunner.hasPassword" .store.url) }}
{{ .key }}.url carries a password and {{ .key }}.existingSecret.name is set: keep one of them.
{{- end }}
{{- end }}
