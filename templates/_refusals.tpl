{{/* Refuses values that would install something else than they seem to, naming the value and the remedy. */}}
{{- define "openelb.refusals" -}}
{{- range $path, $image := dict "image" .Values.image "controller.image" .Values.controller.image "agent.image" .Values.agent.image "speaker.image" ((.Values.speaker | default dict).image | default dict) -}}
{{- if regexMatch "kubesphere/openelb(-|$)" ($image.repository | default "" | toString) -}}
{{- fail (printf "\n\n%s.repository is %s: that is OpenELB's own image, which this chart cannot run. Remove %s from your values.\n" $path $image.repository $path) -}}
{{- end -}}
{{- end -}}
{{- if regexMatch "^v0\\.[0-6]\\." (.Values.global.tag | default "" | toString) -}}
{{- fail (printf "\n\nglobal.tag is %s: that is a release of OpenELB, which this chart cannot run. Remove global.tag from your values.\n" .Values.global.tag) -}}
{{- end -}}
{{- $agent := include "openelb.agent.values" . | fromYaml -}}
{{- $controller := .Values.controller -}}
{{- $enforced := dig "metadata" "labels" "pod-security.kubernetes.io/enforce" "" (lookup "v1" "Namespace" "" .Release.Namespace) -}}
{{- if and $agent.enable (has $enforced (list "baseline" "restricted")) -}}
{{- fail (printf "\n\nthe namespace %s enforces the Pod Security level %s, which keeps the agents out: they live in the network of their nodes. Allow them first: kubectl label --overwrite namespace %s pod-security.kubernetes.io/enforce=privileged\n" .Release.Namespace $enforced .Release.Namespace) -}}
{{- end -}}
{{- include "openelb.refusals.ports" (list . $agent) -}}
{{- include "openelb.refusals.labels" (list "commonLabels" .Values.commonLabels) -}}
{{- $flags := dict "log-level" "logLevel" "health-address" "healthPort" "metrics-address" "monitorPort" -}}
{{- $ofAgent := dict "node-name" "" "state-dir" "stateDir" "namespace" "" "keys-dir" "keysSecret" -}}
{{- $ofController := dict "namespace" "" "leader-elect" "replicas" "webhook-address" "" "vrid-range" "vridRange" "reserved-vrids" "reservedVrids" "all-services" "allServices" "metallb-objects" "metallb.enabled" "metallb-namespace" "metallb.namespace" "webhook-client-ca" "webhook.clientCA" "webhook-client-names" "webhook.clientNames" "web-address" "web.enabled" "web-hosts" "web.hosts" "web-certificate-secret" "web.certificateSecret" -}}
{{- include "openelb.refusals.extras" (list "agent" $agent (merge $ofAgent $flags) (list "NODE_NAME" "POD_NAMESPACE" "KUBERNETES_SERVICE_HOST" "KUBERNETES_SERVICE_PORT" "KUBERNETES_SERVICE_PORT_HTTPS") (list "state" "token" "keys")) -}}
{{- include "openelb.refusals.extras" (list "controller" $controller (merge $ofController $flags) (list "POD_NAMESPACE" "POD_UID") (list "webhook-client")) -}}
{{- if and (not $agent.apiServer.host) (ne (int $agent.apiServer.port) 6443) -}}
{{- fail (printf "\n\nagent.apiServer.port is %d without agent.apiServer.host: the agents would go on using the Service kubernetes. Give the host, too.\n" (int $agent.apiServer.port)) -}}
{{- end -}}
{{- if and .Values.rbac.create $agent.enable $controller.enable (eq $agent.serviceAccountName $controller.serviceAccountName) -}}
{{- fail (printf "\n\nagent.serviceAccountName and controller.serviceAccountName are both %s: every node would have the rights of the controller. Give each a name of its own.\n" $agent.serviceAccountName) -}}
{{- end -}}
{{- if has "openelb-webhook-certificate" ($agent.passwordSecrets | default list) -}}
{{- fail "\n\nagent.passwordSecrets has openelb-webhook-certificate: every node could pass for the webhook. Keep passwords in another Secret.\n" -}}
{{- end -}}
{{- if has "openelb-web-certificate" ($agent.passwordSecrets | default list) -}}
{{- fail "\n\nagent.passwordSecrets has openelb-web-certificate: every node could pass for the web view. Keep passwords in another Secret.\n" -}}
{{- end -}}
{{- if $controller.podDisruptionBudget.enable -}}
{{- include "openelb.refusals.disruptions" $controller -}}
{{- end -}}
{{- if and .Values.networkPolicy.enable .Values.controller.enable .Values.webhook.enabled (not .Values.networkPolicy.apiServers) -}}
{{- fail "\n\nnetworkPolicy.enable is true and networkPolicy.apiServers is empty: the webhook would let in either everybody or nobody. List the addresses that the API servers call from, as in networkPolicy.apiServers=[\"192.0.2.1/32\"] (kubectl -n default get endpoints kubernetes), or set webhook.enabled=false.\n" -}}
{{- end -}}
{{- if and .Values.networkPolicy.enable $controller.enable $controller.hostNetwork -}}
{{- fail "\n\nnetworkPolicy.enable is true, and controller.hostNetwork, too: no NetworkPolicy reaches a Pod in the network of its node, so everybody would be let in. Set one of them to false, and guard the ports of the nodes otherwise.\n" -}}
{{- end -}}
{{- if and .Values.webhook.clientNames (not .Values.webhook.clientCA) -}}
{{- fail "\n\nwebhook.clientNames is given without webhook.clientCA: name the ConfigMap with the authority, too.\n" -}}
{{- end -}}
{{- end -}}

{{/* Two things on one port, or a port that something else has for certain. Takes (list context agent). */}}
{{- define "openelb.refusals.ports" -}}
{{- $ctx := index . 0 -}}{{- $agent := index . 1 -}}{{- $controller := $ctx.Values.controller -}}
{{- $ports := list -}}
{{- if $agent.enable -}}
{{- if $agent.monitorEnable -}}
{{- $name := ternary "speaker.monitorPort" "agent.monitorPort" (hasKey ($ctx.Values.speaker | default dict) "monitorPort") -}}
{{- $ports = append $ports (dict "name" $name "port" (int $agent.monitorPort) "on" "node") -}}
{{- end -}}
{{- $ports = append $ports (dict "name" "agent.healthPort" "port" (int $agent.healthPort) "on" "node") -}}
{{- end -}}
{{- if $controller.enable -}}
{{- $on := ternary "node" "pod" $controller.hostNetwork -}}
{{- if $controller.monitorEnable -}}
{{- $ports = append $ports (dict "name" "controller.monitorPort" "port" (int $controller.monitorPort) "on" $on) -}}
{{- end -}}
{{- $ports = append $ports (dict "name" "controller.healthPort" "port" (int $controller.healthPort) "on" $on) -}}
{{- if $ctx.Values.webhook.enabled -}}
{{- $ports = append $ports (dict "name" "webhook.port" "port" (int $ctx.Values.webhook.port) "on" $on) -}}
{{- end -}}
{{- if $controller.web.enabled -}}
{{- $ports = append $ports (dict "name" "controller.web.port" "port" (int $controller.web.port) "on" $on) -}}
{{- end -}}
{{- end -}}
{{- range $at, $one := $ports -}}
{{- range $other := slice $ports (add1 $at | int) -}}
{{- if and (eq $one.port $other.port) (eq $one.on $other.on) -}}
{{- fail (printf "\n\n%s and %s are both %d%s: give each a port of its own.\n" $one.name $other.name $one.port (ternary ", in the network of the node" "" (eq $one.on "node"))) -}}
{{- end -}}
{{- end -}}
{{- if eq $one.on "node" -}}
{{- if has $one.port (list 10248 10250) -}}
{{- fail (printf "\n\n%s is %d: on the node that is the kubelet's. Choose another.\n" $one.name $one.port) -}}
{{- end -}}
{{- if lt $one.port 1024 -}}
{{- fail (printf "\n\n%s is %d: in the network of the node a port below 1024 takes a capability that the programs do not have. Choose one from 1024 on.\n" $one.name $one.port) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Labels that the chart gives itself; some of them select Pods. Takes (list path labels). */}}
{{- define "openelb.refusals.labels" -}}
{{- $path := index . 0 -}}
{{- $own := list "app" "component" "app.kubernetes.io/name" "app.kubernetes.io/component" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/managed-by" -}}
{{- range $label, $_ := (index . 1 | default dict) -}}
{{- if has $label $own -}}
{{- fail (printf "\n\n%s has %s: the chart sets this label itself. Choose another.\n" $path $label) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What is added to a program and would undo what the chart gives it. Takes (list path program flags variables volumes). */}}
{{- define "openelb.refusals.extras" -}}
{{- $path := index . 0 -}}{{- $me := index . 1 -}}{{- $flags := index . 2 -}}{{- $variables := index . 3 -}}{{- $volumes := index . 4 -}}
{{- include "openelb.refusals.labels" (list (printf "%s.podLabels" $path) $me.podLabels) -}}
{{- range $argument := $me.extraArgs -}}
{{- $flag := regexFind "^--[a-z-]+" $argument | trimPrefix "--" -}}
{{- if hasKey $flags $flag -}}
{{- $value := get $flags $flag -}}
{{- $remedy := ternary (printf "Set %s.%s instead" $path $value) "Remove it" (ne $value "") -}}
{{- fail (printf "\n\n%s.extraArgs has %s: the chart gives --%s itself. %s.\n" $path $argument $flag $remedy) -}}
{{- end -}}
{{- end -}}
{{- range $variable := $me.extraEnv -}}
{{- if has $variable.name $variables -}}
{{- $remedy := ternary "Set agent.apiServer instead" "Choose another name" (hasPrefix "KUBERNETES_" $variable.name) -}}
{{- fail (printf "\n\n%s.extraEnv has %s: the chart sets this variable itself, or would not know of it. %s.\n" $path $variable.name $remedy) -}}
{{- end -}}
{{- $variables = append $variables $variable.name -}}
{{- end -}}
{{- range $volume := $me.extraVolumes -}}
{{- if has $volume.name $volumes -}}
{{- fail (printf "\n\n%s.extraVolumes has %s: there is a volume of that name. Choose another.\n" $path $volume.name) -}}
{{- end -}}
{{- $volumes = append $volumes $volume.name -}}
{{- end -}}
{{- end -}}

{{/* A budget that lets no node be drained, or that the API server refuses. Takes the controller's values. */}}
{{- define "openelb.refusals.disruptions" -}}
{{- $budget := .podDisruptionBudget -}}{{- $replicas := int .replicas -}}
{{- $least := $budget.minAvailable -}}{{- $most := $budget.maxUnavailable -}}
{{- if not (or (kindIs "invalid" $least) (kindIs "invalid" $most)) -}}
{{- fail "\n\ncontroller.podDisruptionBudget has minAvailable and maxUnavailable: give one of them.\n" -}}
{{- end -}}
{{- $all := or (eq (toString $least) "100%") (and (not (kindIs "invalid" $least)) (not (hasSuffix "%" (toString $least))) (ge (int $least) $replicas)) -}}
{{- if or $all (has (toString $most) (list "0" "0%")) -}}
{{- fail (printf "\n\ncontroller.podDisruptionBudget keeps every one of %d controller(s): no node with one could be drained. Let one be unavailable, or raise controller.replicas.\n" $replicas) -}}
{{- end -}}
{{- end -}}
