{{/* Whether a URL carries a secret: a colon somewhere before the last @ (a password may hold any character), or a password in the query. */}}
{{- define "taskrunner.hasPassword" }}{{ if regexMatch "://.*:.*@|[?&]password=" . }}true{{ end }}{{ end }}

{{/* A part of a URL, escaped. */}}
{{- define "taskrunner.urlPart" }}{{ hasPrefix "$(" . | ternary . (urlquery . | replace "+" "%20") }}{{ end }}

{{/* A host in a URL; an IPv6 address in brackets. */}}
{{- define "taskrunner.urlHost" }}{{ contains ":" . | ternary (printf "[%s]" .) . }}{{ end }}

{{/* Where the broker is, as a URL without a password; empty when a Secret holds the URL. */}}
{{- define "taskrunner.broker.url" -}}
{{- include "taskrunner.given" . }}
{{- $broker := .Values.broker }}
{{- if .Values.redis.enabled }}
{{- printf "redis://%s:6379/0" (include "taskrunner.named" (list . "redis")) }}
{{- else if or $broker.host $broker.sentinel.addresses }}
{{- $scheme := $broker.tls.enabled | ternary "rediss" "redis" }}
{{- $host := empty $broker.sentinel.addresses | not | ternary "sentinel" (include "taskrunner.urlHost" $broker.host) }}
{{- printf "%s://%s:%d/%d" $scheme $host (int $broker.port) (int $broker.database) }}
{{- else if not (include "taskrunner.hasPassword" $broker.url) }}
{{- $broker.url }}
{{- end }}
{{- end }}

{{/* Variables about one store (.store) that hold for both: where it is, and the files with what is secret. */}}
{{- define "taskrunner.storeEnv" -}}
{{- $files := include "taskrunner.secretFiles" .root | fromJson }}
{{- $prefix := printf "TASKRUNNER_%s" (upper .store) }}
{{- if hasKey $files (printf "%s-url" .store) -}}
{{ $prefix }}_URL_FILE: /etc/taskrunner/secrets/{{ .store }}-url
{{- else if not (contains "$(" (include (printf "taskrunner.%s.url" .store) .root)) -}}
{{ $prefix }}_URL: {{ include (printf "taskrunner.%s.url" .store) .root | quote }}
{{- end }}
{{- if hasKey $files (printf "%s-password" .store) }}
{{ $prefix }}_PASSWORD_FILE: /etc/taskrunner/secrets/{{ .store }}-password
{{- end }}
{{- include "taskrunner.tlsFiles" . }}
{{- end }}

{{/* Variables of a pod whose parts are in a Secret of the user. Kubernetes fills one in after it, by the order of their names. */}}
{{- define "taskrunner.secretEnv" -}}
{{- $env := dict }}
{{- range $store := list "broker" "database" }}
{{- $given := get $.Values $store }}
{{- range $part := list "host" "port" "username" "name" }}
{{- with get $given.existingSecret (printf "%sKey" $part) }}
{{- $of := dict "secretKeyRef" (dict "name" $given.existingSecret.name "key" .) }}
{{- $_ := set $env (printf "%s_SECRET_%s" (upper $store) (upper $part)) $of }}
{{- end }}{{ end }}
{{- $port := empty $given.existingSecret.portKey | ternary (toString (int $given.port)) (printf "$(%s_SECRET_PORT)" (upper $store)) }}
{{- $url := include (printf "taskrunner.%s.url" $store) $ | replace (printf ":%d/" (int $given.port)) (printf ":%s/" $port) }}
{{- if contains "$(" $url }}{{ $_ := set $env (printf "TASKRUNNER_%s_URL" (upper $store)) $url }}{{ end }}
{{- end }}
{{- if .Values.broker.existingSecret.usernameKey }}{{ $_ := set $env "TASKRUNNER_BROKER_USERNAME" "$(BROKER_SECRET_USERNAME)" }}{{ end }}
{{- toJson $env }}
{{- end }}
