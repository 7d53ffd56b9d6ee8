using Postern.Interop.LibC;
using Postern.Roles.Sandbox;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>The wider list is for keys on tokens alone, and is no wider than a module needs.</summary>
public sealed class TokenSandboxTests
{
    [Fact]
    public void It_is_a_list_of_its_own()
    {
        Assert.Superset(RoleCalls.KeyAgent.ToHashSet(), RoleCalls.KeyAgentWithToken.ToHashSet());
        Assert.DoesNotContain(RoleList.KeyAgent.Calls, call => call.Name is "openat" or "socket" or "connect" or "read" or "write");
        Assert.DoesNotContain(RoleCalls.KeyAgentWithToken, call => call.Name is "execve" or "ptrace" or "kill" or "bind" or "listen" or "ioctl");
        Assert.All(RoleCalls.KeyAgentWithToken.Where(call => call.Name is "mmap" or "mprotect"), call => Assert.Equal(Condition.NotExecutable, call.Condition));
    }

    [Fact]
    public void No_program_is_started_and_no_port_bound()
    {
        Assert.Equal(LandlockFiles.None, RoleList.KeyAgentWithToken.KeepsFiles & (LandlockFiles.Execute | LandlockFiles.MakeSocket | LandlockFiles.DeviceControl));
        Assert.Equal(LandlockNetwork.ConnectTcp, RoleList.KeyAgentWithToken.KeepsNetwork);
        Assert.Equal(LandlockFiles.None, RoleList.KeyAgent.KeepsFiles);
        Assert.Equal(RoleUser.Keys, RoleList.KeyAgentWithToken.User);
    }
}
