{{/* Name of the chart as labels show it. */}}
{{- define "taskrunner.name" }}{{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}{{ end }}

{{/* Start of every object's name. A Service's name may hold no dot and must start with a letter; the name of a release may not. */}}
{{- define "taskrunner.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- $composed := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) }}
{{- $fullname := default $composed .Values.fullnameOverride | replace "." "-" }}
{{- printf "%s%s" (contains (trunc 1 $fullname) "0123456789" | ternary "r" "") $fullname }}
{{- end }}

{{/* Name of an object by (list $ "suffix"): the full name, a dash and the suffix. A name that would be too long for a label loses the end of the
full name to a hash of it, so that two long names that start alike stay apart. A StatefulSet leaves room for what its pods add. */}}
{{- define "taskrunner.named" -}}
{{- $suffix := last . }}
{{- $max := has $suffix (list "redis" "postgresql") | ternary 52 63 }}
{{- $fullname := include "taskrunner.fullname" (first .) }}
{{- if gt (add (len $fullname) (len $suffix) 1 | int) $max }}
{{- $room := sub $max (add (len $suffix) 10) | int }}
{{- $fullname = printf "%s-%s" (trunc $room $fullname | trimSuffix "-") (sha256sum $fullname | trunc 8) }}
{{- end }}
{{- printf "%s-%s" $fullname $suffix }}
{{- end }}

{{/* Fills in the templates of addresses and names that the values give, once and where they stand: so whatever reads them later sees the same. What a
Secret of the user holds becomes a reference, as taskrunner.secretEnv has it. */}}
{{- define "taskrunner.given" -}}
{{- if not (hasKey .Values "given names") }}
{{- $_ := set .Values "given texts" (omit .Values "extraObjects" "rawObjects" | toJson) }}
{{- $_ := set .Values "given names" (include "taskrunner.placeholders" .) }}
{{- $others := without (keys .Values.global) "imageRegistry" "imagePullSecrets" "storageClass" }}
{{- include "taskrunner.fillIn" (dict "root" . "map" .Values "key" "global" "but" $others) }}
{{- $secrets := list .Values.redis.existingSecret .Values.postgresql.existingSecret }}
{{- range $map := concat $secrets (list .Values.image .Values.broker .Values.database .Values.config.otlp .Values.migrate.database) }}
{{- include "taskrunner.fillIn" (dict "root" $ "map" (dict "of" $map) "key" "of" "but" (list "password" "resourceAttributes")) }}
{{- end }}
{{- include "taskrunner.fillIn" (dict "root" . "map" .Values "key" "serviceAccount" "but" (list "annotations")) }}
{{- range $store, $parts := dict "broker" (list "host" "username") "database" (list "host" "username" "name") }}
{{- $given := get $.Values $store }}
{{- range $part := $parts }}
{{- $isNamed := and (eq $part "host") $given.host }}
{{- if and (get $given.existingSecret (printf "%sKey" $part)) (not $isNamed) }}
{{- $_ := set $given $part (printf "$(%s_SECRET_%s)" (upper $store) (upper $part)) }}
{{- end }}{{ end }}{{ end }}{{ end }}
{{- end }}

{{- define "taskrunner.namespace" }}{{ default .Release.Namespace .Values.namespaceOverride }}{{ end }}

{{- define "taskrunner.serviceAccountName" -}}
{{- include "taskrunner.given" . }}
{{- $name := include "taskrunner.fullname" . }}
{{- /* Two aliases below one parent may start alike. */}}
{{- if and (gt (len $name) 63) (not .Chart.IsRoot) }}{{ $name = printf "%s-%s" (trunc 54 $name | trimSuffix "-") (sha256sum $name | trunc 8) }}{{ end }}
{{- $fallback := .Values.serviceAccount.create | ternary (trunc 63 $name | trimSuffix "-") "default" }}
{{- default $fallback .Values.serviceAccount.name }}
{{- end }}

{{/* The account of a kind of pod: that which it names, its own where one is made for it, else the release's. */}}
{{- define "taskrunner.account" -}}
{{- $account := .settings.serviceAccount | default dict }}
{{- $own := (get .root.Values.workers (.pool | default "") | default dict).serviceAccount | empty | ternary .component (printf "worker-%s" .pool) }}
{{- $fallback := dig "create" false $account | ternary (include "taskrunner.named" (list .root $own)) (include "taskrunner.serviceAccountName" .root) }}
{{- $account.name | default $fallback }}
{{- end }}

{{/* The accounts that are made, by name, each with its .annotations and .component; two that differ have .differs. */}}
{{- define "taskrunner.accounts" -}}
{{- $accounts := .Values.serviceAccount.create | ternary (dict (include "taskrunner.serviceAccountName" .) .Values.serviceAccount) dict }}
{{- range include "taskrunner.pods" . | fromJsonArray }}
{{- if dig "create" false (.settings.serviceAccount | default dict) }}
{{- $own := merge (dict "component" .component) .settings.serviceAccount }}
{{- $same := get $accounts .settings.account | default $own }}
{{- $_ := set $accounts .settings.account (set $own "differs" (or $same.differs (ne (toJson $same.annotations) (toJson $own.annotations)))) }}
{{- end }}{{ end }}
{{- toJson $accounts }}
{{- end }}

{{/* Reference of .image in the notation of container runtimes. */}}
{{- define "taskrunner.image" -}}
{{- include "taskrunner.given" .root }}
{{- $registry := default .image.registry .root.Values.global.imageRegistry }}
{{- $repository := empty $registry | ternary .image.repository (printf "%s/%s" $registry .image.repository) }}
{{- printf "%s%s" $repository (empty .image.digest | ternary (printf ":%s" (default .root.Chart.AppVersion .image.tag)) (printf "@%s" .image.digest)) }}
{{- end }}

{{/* Whether a beat runs. */}}
{{- define "taskrunner.hasBeat" }}{{ if and .Values.beat.enabled (gt (int .Values.beat.replicas) 0) }}true{{ end }}{{ end }}
