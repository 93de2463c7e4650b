{{/* The database's password, empty when there is none or when a Secret of the user holds it. */}}
{{- define "taskrunner.database.password" -}}
{{- if .Values.postgresql.enabled }}
{{- include "taskrunner.password" (dict "root" . "key" "database-password" "given" (default .Values.database.password .Values.postgresql.password)) }}
{{- else }}
{{- .Values.database.password }}
{{- end }}
{{- end }}

{{/* Where the database is, as a URL without a password; empty when a Secret holds the URL. */}}
{{- define "taskrunner.database.url" -}}
{{- $database := .Values.database }}
{{- $host := .Values.postgresql.enabled | ternary (include "taskrunner.named" (list . "postgresql")) $database.host }}
{{- if $host }}
{{- $user := include "taskrunner.urlPart" $database.username }}
{{- $name := include "taskrunner.urlPart" $database.name }}
{{- $port := .Values.postgresql.enabled | ternary 5432 $database.port | int }}
{{- printf "postgresql://%s@%s:%d/%s?sslmode=%s" $user (include "taskrunner.urlHost" $host) $port $name $database.sslmode }}
{{- else if not (include "taskrunner.hasPassword" $database.url) }}
{{- $database.url }}
{{- end }}
{{- end }}
