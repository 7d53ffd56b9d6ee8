using System.CommandLine;
using Postern.Cli.Output;
using Postern.Configuration;
using Postern.Store;

namespace Postern.Cli.State;

/// <summary>Where posternd keeps what it knows of domains, and the file there.</summary>
internal static class StateDirectory
{
    public const string Default = "/var/lib/postern";

    public static Option<string> Option() => new("--state")
    {
        HelpName = "DIR",
        Description = $"Where posternd keeps what it knows of domains ([policy] state) [default: {Default}]",
    };

    /// <summary>The one named, else the configuration's, else the usual one. Null when the configuration cannot tell, which has been said.</summary>
    public static string? Of(string? named, string? configurationFile, TextWriter errors)
    {
        if (named is not null || configurationFile is null)
            return named ?? Default;
        ConfigurationResult read = ConfigurationFile.Read(configurationFile);
        if (read.Settings is { } settings)
            return settings.Policy.State;
        foreach (ConfigurationProblem problem in read.Problems)
            errors.WriteLine(problem);
        errors.WriteLine("postern: [policy] state cannot be read from a configuration with errors; name the directory with --state DIR");
        return null;
    }

    /// <summary>Null when there is none, or none that can be read; which has been said.</summary>
    public static StoreFile? Find(string directory, TextWriter errors)
    {
        directory = Path.Combine(directory, StoreFile.Folder);
        string path = Path.Combine(directory, StoreFile.Name);

        // To open it would be to make it, as another user than the one whose it is to be.
        if (!File.Exists(path))
        {
            errors.WriteLine($"postern: there is no {PeerText.Escape(path)}: nothing was kept there yet, or it may not be seen by {PeerText.Escape(Environment.UserName)}; name the directory of [policy] state by --state DIR");
            return null;
        }

        if (StoreFile.Open(directory, out StoreFault? fault) is { } file)
            return file;
        Say(fault!, errors);
        return null;
    }

    public static void Say(StoreFault fault, TextWriter errors) => errors.WriteLine("postern: " + PeerText.Escape(fault.Text));
}
