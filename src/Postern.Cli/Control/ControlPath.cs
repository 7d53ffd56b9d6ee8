using Postern.Configuration;

namespace Postern.Cli.Control;

/// <summary>Which control socket is meant: the one named, else the configuration's, else the usual one.</summary>
internal static class ControlPath
{
    /// <summary>Null when the configuration cannot tell, which has been said.</summary>
    public static string? Of(string? named, string? configurationFile, TextWriter errors)
    {
        if (named is not null)
            return Path.GetFullPath(named);
        if (configurationFile is null)
            return ControlClient.DefaultPath;

        ConfigurationResult read = ConfigurationFile.Read(configurationFile);
        if (read.Settings is { } settings)
            return settings.Server.Control;

        foreach (ConfigurationProblem problem in read.Problems)
            errors.WriteLine(problem);
        errors.WriteLine("postern: the control socket cannot be read from a configuration with errors; name it with --control PATH");
        return null;
    }
}
