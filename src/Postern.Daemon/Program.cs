using Postern.Interop.LibC;
using Postern.Interop.LibSsl;
using Postern.Roles.Sandbox;
using Postern.Roles.Supervisor;

namespace Postern.Daemon;

/// <summary>posternd: the supervisor, or, when it starts itself again, one of its roles.</summary>
internal static class Program
{
    /// <summary>As of the supervisor, which was started by this name; <c>postern check</c> knows by it whose a port is.</summary>
    private const string Name = "posternd";

    private const int UsedWrongly = 2;

    private const string Usage = """
        usage: posternd -c FILE
               posternd --show-sandbox [-c FILE] [--json]
               posternd --version | --help

        The Postern TLS gateway. FILE is a postern.toml (see postern.toml(5)).
        HUP reloads it, TERM drains, a second TERM stops.
        To try a configuration: postern check -c FILE
        To see what each process of it may do: postern check --show-sandbox
        """;

    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case [Launcher.Name, var name, var user, var demand] when RoleList.Find(name) is { } role:
                return Launcher.Run(role, user, demand == "required");

            case [var name, .. var rest] when RoleList.Find(name) is { } role && Launched.Read(rest) is { } launched:
                if (role.UsesOpenSsl)
                    OpenSslConfiguration.Ignore();
                Surroundings.CallMe(Name);
                return role.Run(launched);

            case ["-c" or "--config", var file]:
                using (var supervisor = new Supervisor(file))
                    return supervisor.Run(Console.Error);

            case ["--show-sandbox", .. var rest] when ReadShow(rest, out string? shown, out bool json):
                return SandboxText.Show(shown, json, Console.Out, Console.Error);

            case ["--version"]:
                Console.Out.WriteLine("posternd " + Supervisor.Version);
                return 0;

            case ["-h" or "--help"]:
                Console.Out.WriteLine(Usage);
                return 0;

            default:
                Console.Error.WriteLine(Usage);
                return UsedWrongly;
        }
    }

    private static bool ReadShow(ReadOnlySpan<string> arguments, out string? file, out bool json)
    {
        file = null;
        if (arguments is ["-c" or "--config", var named, ..])
        {
            file = named;
            arguments = arguments[2..];
        }

        json = arguments is ["--json"];
        return json || arguments.IsEmpty;
    }
}
