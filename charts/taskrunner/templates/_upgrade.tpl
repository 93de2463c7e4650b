{{/* Keys that are gone, each with what takes its place. The schema lets them pass, so that this can be said. */}}
{{- define "taskrunner.validate.removed" -}}
{{- if hasKey .Values.metrics "annotations" }}
metrics.annotations was removed: set metrics.scrape to {{ .Values.metrics.annotations | ternary "annotations" "none" }}.
{{- end }}
{{- end }}

{{/* A volume of the bundled PostgreSQL that an earlier install left knows its password, and no value changes that. */}}
{{- define "taskrunner.validate.volume" -}}
{{- $store := .Values.postgresql }}
{{- if and .Values.upgradeGuard $store.enabled $store.persistence.enabled (not $store.existingSecret.name) }}
{{- $namespace := include "taskrunner.namespace" . }}
{{- $claim := include "taskrunner.tpl" (dict "root" . "value" $store.persistence.existingClaim) | default (include "taskrunner.named" (list . "postgresql") | printf "data-%s-0") }}
{{- if lookup "v1" "PersistentVolumeClaim" $namespace $claim }}
{{- $secret := include "taskrunner.named" (list . "credentials") }}
{{- $kept := get ((lookup "v1" "Secret" $namespace $secret).data | default dict) "database-password" | default "" | b64dec }}
{{- $given := .Values.database.password | default .Values.postgresql.password }}
{{- include "taskrunner.mistakes" (dict
  (printf "The volume claim %s is there from an earlier install, and its password is not: set postgresql.password to it (to any, where the claim is empty), or delete the claim when its data may go." $claim) (not (or $kept $given))
  (printf "postgresql.password is not the one in the Secret %s, which the volume claim %s was made with: leave it empty, or change it in the database first (ALTER USER) and set upgradeGuard to false for this upgrade." $secret $claim)
  (and $kept $given (ne $kept $given))) }}
{{- end }}{{ end }}
{{- end }}

{{/* What the cluster holds of this release and these values would leave behind, or cannot change. Nothing is asked without a cluster. */}}
{{- define "taskrunner.validate.upgrade" -}}
{{- if and .Release.IsUpgrade .Values.upgradeGuard }}
{{- /* Who deploys a release that never had a bundled store need not be allowed to see StatefulSets. */}}
{{- $before := get (lookup "v1" "ConfigMap" (include "taskrunner.namespace" .) (include "taskrunner.named" (list . "config"))) "data" | default dict }}
{{- $had := contains (include "taskrunner.named" (list . "redis")) (get $before "TASKRUNNER_BROKER_URL" | default "") }}
{{- $had = or $had (contains (include "taskrunner.named" (list . "postgresql")) (get $before "TASKRUNNER_DATABASE_URL" | default "")) }}
{{- if or .Values.redis.enabled .Values.postgresql.enabled $had }}
{{- range (lookup "apps/v1" "StatefulSet" (include "taskrunner.namespace" .) "").items }}
{{- $labels := .metadata.labels | default dict }}
{{- $component := get $labels "app.kubernetes.io/component" }}
{{- if and (eq (get $labels "app.kubernetes.io/instance") $.Release.Name) (regexMatch (printf "^%s-[0-9]" $.Chart.Name) (get $labels "helm.sh/chart")) (has $component (list "redis" "postgresql")) }}
{{- $settings := get $.Values $component }}
{{- $name := include "taskrunner.named" (list $ $component) }}
{{- if not $settings.enabled }}
{{ $component }}.enabled is false, but this release keeps data in {{ .metadata.name }}: set it to true, or set upgradeGuard to false when that data may go.
{{- else if ne $name .metadata.name }}
The data of {{ .metadata.name }} would be left behind by {{ $name }}: set fullnameOverride to {{ trimSuffix (printf "-%s" $component) .metadata.name | quote }}, or set upgradeGuard to false when that data may go.
{{- else }}
{{- $pod := dict "root" $ "component" $component }}
{{- $made := include "taskrunner.storeClaim" (set $pod "settings" (include "taskrunner.settings" $pod | fromJson)) | fromYaml }}
{{- $kept := first (.spec.volumeClaimTemplates | default list) | default dict }}
{{- $states := list }}
{{- range $claim := list $made $kept }}
{{- $labels := dig "metadata" "labels" dict $claim | default dict }}
{{- $annotations := dig "metadata" "annotations" dict $claim | default dict }}
{{- $state := dict "accessModes" (dig "spec" "accessModes" list $claim) "storageClass" (dig "spec" "storageClassName" "" $claim) "labels" $labels "annotations" $annotations }}
{{- $states = append $states (set $state "size" (dig "spec" "resources" "requests" "storage" "" $claim)) }}
{{- end }}
{{- include "taskrunner.mistakes" (dict (printf "%s.persistence.enabled or existingClaim changes whether %s makes its own claim, and a StatefulSet cannot change that: set it back, or move the data and run `kubectl delete statefulset %s` first." $component $name $name)
  (ne (empty $made) (empty $kept))) }}
{{- range $key, $value := empty $made | ternary dict (first $states) }}
{{- $was := get (last $states) $key }}
{{- $differs := eq $key "size" | ternary (ne (include "taskrunner.quantity" $value) (include "taskrunner.quantity" $was)) (ne (toJson $value) (toJson $was)) }}
{{- $words := list (kindIs "string" $value | ternary $value (toJson $value)) (kindIs "string" $was | ternary $was (toJson $was)) }}
{{- include "taskrunner.mistakes" (dict (printf "%s.persistence.%s is %s, but the claim of %s has %s and a StatefulSet cannot change it: set it back, or change the claim and run `kubectl delete statefulset %s --cascade=orphan` first."
  $component $key (first $words) $name (last $words) $name) (and $kept $differs)) }}
{{- end }}
{{- range eq $component "postgresql" | ternary (dig "spec" "template" "spec" "containers" list .) list }}
{{- range .env }}
{{- $key := get (dict "POSTGRES_USER" "username" "POSTGRES_DB" "name") .name }}
{{- include "taskrunner.mistakes" (dict (printf "database.%s is %s, but the files of %s were made for %v and know no other: set it back, or set upgradeGuard to false once the database has it." $key (get $.Values.database $key) $name .value)
  (and $key (ne (toString .value) (get $.Values.database $key)))) }}
{{- end }}{{ end }}
{{- end }}{{ end }}{{ end }}{{ end }}{{ end }}
{{- end }}
