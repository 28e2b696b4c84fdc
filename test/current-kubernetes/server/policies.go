package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	mutating "k8s.io/apiserver/pkg/admission/plugin/policy/mutating"
	mutatingwebhook "k8s.io/apiserver/pkg/admission/plugin/webhook/mutating"
	validatingwebhook "k8s.io/apiserver/pkg/admission/plugin/webhook/validating"
	genericapiserver "k8s.io/apiserver/pkg/server"
	genericoptions "k8s.io/apiserver/pkg/server/options"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/kubernetes/scheme"
)

// Sets up the server's own plugin ValidatingAdmissionPolicy. It reads policies and Namespaces from an API server, of which
// there is none here that has them: from a client that answers with these objects instead.
func admitByPolicies(config *genericapiserver.RecommendedConfig, objects []runtime.Object) error {
	client := fake.NewClientset(objects...)
	config.SharedInformerFactory = informers.NewSharedInformerFactory(client, 0)
	own, err := dynamic.NewForConfig(config.LoopbackClientConfig)
	if err != nil {
		return err
	}
	o := genericoptions.NewAdmissionOptions()
	o.DisablePlugins = []string{mutating.PluginName, mutatingwebhook.PluginName, validatingwebhook.PluginName}
	return o.ApplyTo(&config.Config, config.SharedInformerFactory, client, own,
		utilfeature.DefaultFeatureGate, config.EffectiveVersion)
}

// The objects of a file of YAML documents; none when it has no name.
func readObjects(name string) ([]runtime.Object, error) {
	if name == "" {
		return nil, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var objects []runtime.Object
	for documents := yaml.NewYAMLReader(bufio.NewReader(file)); ; {
		text, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		object, _, err := scheme.Codecs.UniversalDeserializer().Decode(text, nil, nil)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if policy, ok := object.(*admissionregistrationv1.ValidatingAdmissionPolicy); ok {
			setDefaults(policy)
		}
		objects = append(objects, object)
	}
}

// What kube-apiserver fills in where a policy does not say it (k8s.io/kubernetes/pkg/apis/admissionregistration/v1).
func setDefaults(policy *admissionregistrationv1.ValidatingAdmissionPolicy) {
	fill(&policy.Spec.FailurePolicy, admissionregistrationv1.Fail)
	constraints := policy.Spec.MatchConstraints
	fill(&constraints.MatchPolicy, admissionregistrationv1.Equivalent)
	fill(&constraints.NamespaceSelector, metav1.LabelSelector{})
	fill(&constraints.ObjectSelector, metav1.LabelSelector{})
	for i := range constraints.ResourceRules {
		fill(&constraints.ResourceRules[i].Scope, admissionregistrationv1.AllScopes)
	}
}

func fill[T any](place **T, value T) {
	if *place == nil {
		*place = &value
	}
}
