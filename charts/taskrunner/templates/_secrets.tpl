{{/* A password: .given, else the one that an earlier install generated, else a new one. A new one is remembered in the values, because the
Secret, the configuration of the store and the checksums must all see the same. */}}
{{- define "taskrunner.password" -}}
{{- if .given }}
{{- .given }}
{{- else }}
{{- $values := .root.Values }}
{{- $remembered := printf "generated %s" .key }}
{{- if not (hasKey $values $remembered) }}
{{- $secret := lookup "v1" "Secret" (include "taskrunner.namespace" .root) (include "taskrunner.named" (list .root "credentials")) | default dict }}
{{- $kept := get (get $secret "data" | default dict) .key | default "" | b64dec }}
{{- $_ := set $values $remembered (default (randAlphaNum 32) $kept) }}
{{- end }}
{{- get $values $remembered }}
{{- end }}
{{- end }}

{{/* What the chart's own Secret holds, as a map from file name to text. */}}
{{- define "taskrunner.credentials" -}}
{{- $credentials := dict }}
{{- range $store := list "broker" "database" }}
{{- $url := (get $.Values $store).url }}
{{- if include "taskrunner.hasPassword" $url }}
{{- $_ := set $credentials (printf "%s-url" $store) $url }}
{{- end }}
{{- with include (printf "taskrunner.%s.password" $store) $ }}
{{- $_ := set $credentials (printf "%s-password" $store) . }}
{{- end }}
{{- end }}
{{- with .Values.broker.sentinel.password }}
{{- $_ := set $credentials "broker-sentinel-password" . }}
{{- end }}
{{- toYaml $credentials }}
{{- end }}

{{/* Every secret file that pods see, as a map from file name to the Secret and the key that hold it. */}}
{{- define "taskrunner.secretFiles" -}}
{{- $files := dict }}
{{- range $file, $text := include "taskrunner.credentials" . | fromYaml }}
{{- $_ := set $files $file (dict "name" (include "taskrunner.named" (list $ "credentials")) "key" $file) }}
{{- end }}
{{- range $store := list "broker" "database" }}
{{- $existing := (get $.Values $store).existingSecret }}
{{- if $existing.name }}
{{- $kind := empty $existing.urlKey | ternary "password" "url" }}
{{- $key := empty $existing.urlKey | ternary $existing.passwordKey $existing.urlKey }}
{{- $_ := set $files (printf "%s-%s" $store $kind) (dict "name" $existing.name "key" $key) }}
{{- end }}
{{- end }}
{{- with .Values.broker.existingSecret }}
{{- if and .name .sentinelPasswordKey }}
{{- $_ := set $files "broker-sentinel-password" (dict "name" .name "key" .sentinelPasswordKey) }}
{{- end }}
{{- end }}
{{- toYaml $files }}
{{- end }}

{{/* Volumes that bring secrets and authorities into a pod, with their .mountPath. Projected, so that a rotated secret arrives without a restart. */}}
{{- define "taskrunner.secretVolumes" -}}
{{- $authorities := dict }}
{{- range $store := list "broker" "database" }}
{{- with (get $.Values $store).tls.caSecret }}
{{- if .name }}
{{- $_ := set $authorities (printf "%s.crt" $store) . }}
{{- end }}
{{- end }}
{{- end }}
{{- range $volume, $files := dict "secrets" (include "taskrunner.secretFiles" . | fromYaml) "ca" $authorities }}
{{- if $files }}
- name: {{ $volume }}
  mountPath: /etc/taskrunner/{{ $volume }}
  projected:
    defaultMode: 288 # 0440
    sources:
      {{- range $file, $source := $files }}
      - secret:
          name: {{ $source.name | quote }}
          items: [{key: {{ $source.key | quote }}, path: {{ $file }}}]
      {{- end }}
{{- end }}
{{- end }}
{{- end }}
