{{/*
A password: .given, else the one that an earlier install generated, else a new one. A new one is remembered in the values, because the
Secret, the configuration of the store and the checksums must all see the same.
*/}}
{{- define "taskrunner.password" -}}
{{- if .given }}
{{- .given }}
{{- else }}
{{- $values := .root.Values }}
{{- $remembered := printf "generated %s" .key }}
{{- if not (hasKey $values $remembered) }}
{{- $secret := lookup "v1" "Secret" (include "taskrunner.namespace" .root) (include "taskrunner.credentialsName" .root) | default dict }}
{{- $kept := get (get $secret "data" | default dict) .key | default "" | b64dec }}
{{- $_ := set $values $remembered (default (randAlphaNum 32) $kept) }}
{{- end }}
{{- get $values $remembered }}
{{- end }}
{{- end }}

{{/* What the chart's own Secret holds, as a map from file name to text. */}}
{{- define "taskrunner.credentials" -}}
{{- $credentials := dict }}
{{- if and .Values.broker.url (include "taskrunner.hasPassword" .Values.broker.url) }}
{{- $_ := set $credentials "broker-url" .Values.broker.url }}
{{- end }}
{{- with include "taskrunner.broker.password" . }}
{{- $_ := set $credentials "broker-password" . }}
{{- end }}
{{- if and .Values.database.url (include "taskrunner.hasPassword" .Values.database.url) }}
{{- $_ := set $credentials "database-url" .Values.database.url }}
{{- end }}
{{- with include "taskrunner.database.password" . }}
{{- $_ := set $credentials "database-password" . }}
{{- end }}
{{- toYaml $credentials }}
{{- end }}

{{/* Every secret file that pods see, as a map from file name to the Secret and the key that hold it. */}}
{{- define "taskrunner.secretFiles" -}}
{{- $files := dict }}
{{- range $file, $text := include "taskrunner.credentials" . | fromYaml }}
{{- $_ := set $files $file (dict "name" (include "taskrunner.credentialsName" $) "key" $file) }}
{{- end }}
{{- range $store := list "broker" "database" }}
{{- $existing := (get $.Values $store).existingSecret }}
{{- if $existing.name }}
{{- $kind := empty $existing.urlKey | ternary "password" "url" }}
{{- $key := empty $existing.urlKey | ternary $existing.passwordKey $existing.urlKey }}
{{- $_ := set $files (printf "%s-%s" $store $kind) (dict "name" $existing.name "key" $key) }}
{{- end }}
{{- end }}
{{- toYaml $files }}
{{- end }}

{{/* Volumes that bring secrets and authorities into a pod. Projected, so that a rotated secret arrives without a restart. */}}
{{- define "taskrunner.secretVolumes" -}}
{{- $files := include "taskrunner.secretFiles" . | fromYaml }}
{{- with $files }}
- name: secrets
  projected:
    defaultMode: 288 # 0440
    sources:
      {{- range $file, $source := . }}
      - secret:
          name: {{ $source.name | quote }}
          items:
            - key: {{ $source.key | quote }}
              path: {{ $file }}
      {{- end }}
{{- end }}
{{- if or .Values.broker.tls.caSecret.name .Values.database.tls.caSecret.name }}
- name: ca
  projected:
    defaultMode: 288 # 0440
    sources:
      {{- range $store := list "broker" "database" }}
      {{- with (get $.Values $store).tls.caSecret }}
      {{- if .name }}
      - secret:
          name: {{ .name | quote }}
          items:
            - key: {{ .key | quote }}
              path: {{ $store }}.crt
      {{- end }}
      {{- end }}
      {{- end }}
{{- end }}
{{- end }}

{{/* Mounts of these volumes. */}}
{{- define "taskrunner.secretMounts" -}}
{{- range include "taskrunner.secretVolumes" . | fromYamlArray }}
- name: {{ .name }}
  mountPath: /etc/taskrunner/{{ .name }}
  readOnly: true
{{- end }}
{{- end }}
