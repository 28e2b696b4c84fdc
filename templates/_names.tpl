{{/* Labels of an object. Takes (list context component). Helm adds managed-by and its release annotations itself. */}}
{{- define "openelb.labels" -}}
{{- $ctx := index . 0 -}}{{- $component := index . 1 -}}
{{ include "openelb.selector" . }}
app.kubernetes.io/name: openelb-vip
app.kubernetes.io/component: {{ $component }}
app.kubernetes.io/instance: {{ $ctx.Release.Name }}
app.kubernetes.io/version: {{ $ctx.Chart.AppVersion | quote }}
{{- with $ctx.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Labels of a program's Pods. Takes (list context component podLabels); these win over those that all objects have. */}}
{{- define "openelb.podLabels" -}}
{{- $labels := include "openelb.labels" (list (index . 0) (index . 1)) | fromYaml -}}
{{- toYaml (merge (dict) (index . 2 | default dict) $labels) -}}
{{- end -}}

{{/* What a workload selects its Pods by; immutable, so nothing here may change from one version to the next. */}}
{{- define "openelb.selector" -}}
app: openelb
component: {{ index . 1 }}
{{- end -}}

{{/* The image of a program. Takes (list context overrides). */}}
{{- define "openelb.image" -}}
{{- $ctx := index . 0 -}}
{{- $image := merge (dict) (index . 1) $ctx.Values.image -}}
{{- $registry := $ctx.Values.global.imageRegistry | default $image.registry -}}
{{- $name := ternary (printf "%s/%s" $registry $image.repository) $image.repository (not (empty $registry)) -}}
{{- if $image.digest -}}
{{ printf "%s@%s" $name $image.digest }}
{{- else -}}
{{ printf "%s:%s" $name ($ctx.Values.global.tag | default $image.tag | default $ctx.Chart.AppVersion | toString) }}
{{- end -}}
{{- end -}}

{{/* The pull policy of a program. Takes (list context overrides). */}}
{{- define "openelb.pullPolicy" -}}
{{- (merge (dict) (index . 1) (index . 0).Values.image).pullPolicy -}}
{{- end -}}

{{- define "openelb.pullSecrets" -}}
{{- with .Values.global.imagePullSecrets -}}
imagePullSecrets:
{{- range . }}
  - name: {{ . | quote }}
{{- end }}
{{- end -}}
{{- end -}}

{{/* A rule of a Role: OpenShift admits Pods of an account by constraints that it may use. Takes (list context name). */}}
{{- define "openelb.securityContextConstraint" -}}
{{- if (index . 0).Capabilities.APIVersions.Has "security.openshift.io/v1" }}
  # On OpenShift a Pod is admitted by constraints that its account may use. Elsewhere there are none, and this allows nothing.
  - apiGroups: [security.openshift.io]
    resources: [securitycontextconstraints]
    resourceNames: [{{ index . 1 }}]
    verbs: [use]
{{- end }}
{{- end -}}

{{/* Not empty where the webhook keeps agents to their own entries: on servers that know no admission policies. */}}
{{- define "openelb.webhook.guardsAgents" -}}
{{- $agent := include "openelb.agent.values" . | fromYaml -}}
{{- if and $agent.enable .Values.webhook.enabled (semverCompare "<1.30.0-0" .Capabilities.KubeVersion.Version) -}}
true
{{- end -}}
{{- end -}}
