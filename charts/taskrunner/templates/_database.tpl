{{/* Where the database is, as a URL without a password; empty when a Secret holds the URL. */}}
{{- define "taskrunner.database.url" -}}
{{- include "taskrunner.given" . }}
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
