{{/* Whether a URL carries a secret: a colon somewhere before the last @ (a password may hold any character), or a password in the query. */}}
{{- define "taskrunner.hasPassword" -}}
{{- if regexMatch "://.*:.*@|[?&]password=" . }}true{{ end }}
{{- end }}

{{/* A part of a URL, escaped. */}}
{{- define "taskrunner.urlPart" -}}
{{- urlquery . | replace "+" "%20" }}
{{- end }}

{{/* A host in a URL; an IPv6 address in brackets. */}}
{{- define "taskrunner.urlHost" -}}
{{- contains ":" . | ternary (printf "[%s]" .) . }}
{{- end }}

{{/* The broker's password, empty when there is none or when a Secret of the user holds it. */}}
{{- define "taskrunner.broker.password" -}}
{{- if .Values.redis.enabled }}
{{- include "taskrunner.password" (dict "root" . "key" "broker-password" "given" (default .Values.broker.password .Values.redis.password)) }}
{{- else }}
{{- .Values.broker.password }}
{{- end }}
{{- end }}

{{/* Where the broker is, as a URL without a password; empty when a Secret holds the URL. */}}
{{- define "taskrunner.broker.url" -}}
{{- $broker := .Values.broker }}
{{- if .Values.redis.enabled }}
{{- printf "redis://%s:6379/0" (include "taskrunner.redisName" .) }}
{{- else if $broker.host }}
{{- $scheme := $broker.tls.enabled | ternary "rediss" "redis" }}
{{- printf "%s://%s:%d/%d" $scheme (include "taskrunner.urlHost" $broker.host) (int $broker.port) (int $broker.database) }}
{{- else if not (include "taskrunner.hasPassword" $broker.url) }}
{{- $broker.url }}
{{- end }}
{{- end }}

{{/* Variables about the broker; nothing secret. */}}
{{- define "taskrunner.broker.env" -}}
{{- $files := include "taskrunner.secretFiles" . | fromYaml -}}
TASKRUNNER_NAMESPACE: {{ .Values.broker.namespace | quote }}
{{- if hasKey $files "broker-url" }}
TASKRUNNER_BROKER_URL_FILE: /etc/taskrunner/secrets/broker-url
{{- else }}
TASKRUNNER_BROKER_URL: {{ include "taskrunner.broker.url" . | quote }}
{{- end }}
{{- if hasKey $files "broker-password" }}
TASKRUNNER_BROKER_PASSWORD_FILE: /etc/taskrunner/secrets/broker-password
{{- end }}
{{- if and .Values.broker.username (not .Values.redis.enabled) }}
TASKRUNNER_BROKER_USERNAME: {{ .Values.broker.username | quote }}
{{- end }}
{{- if .Values.broker.tls.caSecret.name }}
TASKRUNNER_BROKER_CA_FILE: /etc/taskrunner/ca/broker.crt
{{- end }}
{{- end }}
