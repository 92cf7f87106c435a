package folder_test

import (
	"testing"

	"github.com/allclaims/rightsdesk/shared/vault/folder"
	"github.com/allclaims/rightsdesk/shared/vault/vaulttest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	vaulttest.Run(t, func(t *testing.T) vaulttest.Vault { return &folder.Folder{Dir: t.TempDir()} })
}
